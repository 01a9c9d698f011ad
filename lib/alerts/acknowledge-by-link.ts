import { findAcknowledgeLink, spendAcknowledgeLink } from '#lib/channels/acknowledge-link.ts'
import type { Db } from '#lib/db/client.ts'
import { type Outcome, type Refusal, refuse } from '#lib/errors.ts'
import { type AcknowledgedForReader, acknowledgeForReader } from './acknowledge-for-reader.ts'

class Refused extends Error {
  readonly refusal: Refusal
  constructor(refusal: Refusal) {
    super(refusal.reason)
    this.refusal = refusal
  }
}

/**
 * Acknowledges the alert of a message's link, without signing in: the link is the permission, once, for its 24 hours. What
 * is refused uses nothing up. Repeating it is refused.
 */
export async function acknowledgeByLink(db: Db, token: string): Promise<Outcome<AcknowledgedForReader>> {
  try {
    return await db.transaction(async (tx) => {
      const reader = await spendAcknowledgeLink(tx, token)
      if (!reader) {
        throw new Refused(
          refuse(
            'link-unusable',
            'This link was used before, or it is older than 24 hours.',
            'Sign in and acknowledge the alert on its page.',
          ).refusal,
        )
      }
      // A person who was demoted since may no longer act, by a link either.
      const link = await findAcknowledgeLink(tx, token)
      if (!link?.mayAct) {
        throw new Refused(refuse('forbidden', 'The person of this link may not acknowledge alerts.').refusal)
      }
      const outcome = await acknowledgeForReader(tx, reader)
      // Thrown, so that the link is as good as before.
      if (!outcome.ok) throw new Refused(outcome.refusal)
      return outcome
    })
  } catch (error) {
    if (error instanceof Refused) return { ok: false, refusal: error.refusal }
    throw error
  }
}
