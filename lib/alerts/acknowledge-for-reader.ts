import { and, eq, isNull } from 'drizzle-orm'
import { users } from '#drizzle/schema/auth.ts'
import { channels } from '#drizzle/schema/channels.ts'
import { appendAudit } from '#lib/audit/append-audit.ts'
import { can } from '#lib/auth/permissions.ts'
import { announceChanges } from '#lib/db/changes.ts'
import type { Tx } from '#lib/db/client.ts'
import { type Outcome, refuse } from '#lib/errors.ts'
import { markAcknowledged } from './mark-acknowledged.ts'

/** Whom a message's link was made for: a person, or whoever reads the channel. */
export interface MessageReader {
  alertId: string
  channelId: string
  userId: string | null
}

export interface AcknowledgedForReader {
  alertId: string
  /** As it stands in the records: `user:ada@example.com`, or `channel:ops` where nobody is named. */
  by: string
}

/**
 * Acknowledges an alert for the reader of a message, who has not signed in: the link they followed is the permission, and
 * who checks and uses it up calls this in the same transaction. Refuses a removed channel, a disabled account, a viewer's, and an alert
 * that does not fire; a refusal is not audited here and changes nothing. A repetition is refused.
 */
export async function acknowledgeForReader(
  tx: Tx,
  { alertId, channelId, userId }: MessageReader,
): Promise<Outcome<AcknowledgedForReader>> {
  const [channel] = await tx
    .select({ name: channels.name })
    .from(channels)
    .where(and(eq(channels.id, channelId), isNull(channels.removedAt)))
  if (!channel) return refuse('channel-removed', 'The channel of this link was removed.', 'Sign in instead.')
  const [person] = userId
    ? await tx
        .select({ email: users.email, role: users.role })
        .from(users)
        .where(and(eq(users.id, userId), isNull(users.disabledAt)))
    : []
  if (userId && !person) {
    return refuse('account-disabled', 'The account of this link has no access any more.')
  }
  if (person && !can(person.role, 'alerts.acknowledge')) {
    return refuse('forbidden', `A ${person.role} may not acknowledge alerts.`, 'Ask somebody who may.')
  }
  const by = person ? `user:${person.email}` : `channel:${channel.name}`
  const marked = await markAcknowledged(tx, alertId, by, 'Acknowledged by the link in a message.')
  if ('title' in marked) return refuse('not-firing', `“${marked.title}” is ${marked.status} already.`)
  await appendAudit(tx, {
    actor: by,
    action: 'alerts.acknowledge',
    outcome: 'done',
    ...marked.record.audit,
    detail: { ...marked.record.audit?.detail, byLink: true, channel: channel.name },
  })
  await announceChanges(tx, [...marked.record.changed, 'audit'])
  return { ok: true, value: { alertId, by } }
}
