'use server'

import { getDb } from '#app/_web/db.ts'
import { useOneTimeLink as spendOneTimeLink } from '#lib/auth/use-one-time-link.ts'
import { type Outcome, refuse } from '#lib/errors.ts'
import { log } from '#lib/log.ts'

/** Sets the password of the link's person. The one action without a session: the link's token is the proof. */
export async function useLinkAction(input: unknown): Promise<Outcome<{ email: string }>> {
  try {
    return await spendOneTimeLink(getDb(), input)
  } catch (error) {
    log.error({ err: error }, 'one-time link failed')
    return refuse('failed', 'This failed on our side.', 'Try again; the server log says why.')
  }
}
