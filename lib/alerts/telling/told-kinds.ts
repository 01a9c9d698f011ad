import { desc, inArray, sql } from 'drizzle-orm'
import { alertEvents } from '#drizzle/schema/alerts.ts'
import type { Tx } from '#lib/db/client.ts'
import type { ToldKind } from './compose-message.ts'

/** Why each of these alerts is told anew, by its newest event: it fired, became worse, or is still there. */
export async function listToldKinds(tx: Tx, alertIds: string[]): Promise<Map<string, ToldKind>> {
  const rows = await tx
    .selectDistinctOn([alertEvents.alertId], { alertId: alertEvents.alertId, kind: alertEvents.kind })
    .from(alertEvents)
    .where(
      sql`${inArray(alertEvents.alertId, alertIds)} and ${alertEvents.kind} in ('fired', 'worsened', 'reopened')`,
    )
    .orderBy(alertEvents.alertId, desc(alertEvents.at))
  return new Map(rows.map(({ alertId, kind }) => [alertId, kind === 'worsened' ? 'worsened' : 'fired']))
}
