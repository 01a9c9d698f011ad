import { alertEvents, type alerts } from '#drizzle/schema/alerts.ts'
import type { Tx } from '#lib/db/client.ts'
import type { Deed } from '#lib/verb.ts'

/** What every act of a person on an alert leaves behind: an event of the alert, and what the audit says of it. */
export async function recordAlertAct(
  tx: Tx,
  alert: typeof alerts.$inferSelect,
  act: {
    kind: 'acknowledged' | 'silenced' | 'resolved'
    actor: string
    /** What the event says. */
    note: string
    /** What the person said, for the audit. */
    reason: string | undefined | null
    detail?: Record<string, unknown>
  },
): Promise<Pick<Deed<unknown>, 'audit' | 'changed'>> {
  await tx.insert(alertEvents).values({ alertId: alert.id, kind: act.kind, actor: act.actor, note: act.note })
  return {
    audit: {
      subject: `alert:${alert.id}`,
      reason: act.reason ?? null,
      detail: { fingerprint: alert.fingerprint, ...act.detail },
    },
    changed: ['alerts', 'incidents'],
  }
}
