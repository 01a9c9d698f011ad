import { and, eq, inArray, sql } from 'drizzle-orm'
import { alerts } from '#drizzle/schema/alerts.ts'
import type { Tx } from '#lib/db/client.ts'
import { getAlert } from './queries.ts'
import { recordAlertAct } from './record-alert-act.ts'
import { tellAcknowledged } from './telling/tell-acknowledged.ts'
import type { AlertStatus } from './types.ts'

export type Marked =
  | { alertId: string; status: 'acknowledged'; record: Awaited<ReturnType<typeof recordAlertAct>> }
  /** Nothing was changed. */
  | { title: string; status: AlertStatus }

/** Marks a firing or silenced alert as acknowledged and ends its escalation. One of two at once does it. */
export async function markAcknowledged(
  tx: Tx,
  alertId: string,
  actor: string,
  note: string | undefined,
): Promise<Marked> {
  const [alert] = await tx
    .update(alerts)
    .set({
      status: 'acknowledged',
      acknowledgedAt: sql`now()`,
      acknowledgedBy: actor,
      silencedUntil: null,
      nextStepAt: null,
    })
    .where(and(eq(alerts.id, alertId), inArray(alerts.status, ['firing', 'silenced'])))
    .returning()
  if (!alert) {
    const { title, status } = await getAlert(tx, alertId)
    return { title, status }
  }
  const record = await recordAlertAct(tx, alert, {
    kind: 'acknowledged',
    actor,
    note: note ?? 'Acknowledged.',
    reason: note,
  })
  await tellAcknowledged(tx, alert)
  return { alertId: alert.id, status: 'acknowledged', record }
}
