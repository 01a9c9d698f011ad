import { eq, sql } from 'drizzle-orm'
import { incidentEvents, incidents } from '#drizzle/schema/incidents.ts'
import { type Ctx, formatActor } from '#lib/context.ts'
import { announceChanges } from '#lib/db/changes.ts'
import { keepLastGoodState } from './last-good-state/keep-last-good-state.ts'
import { measureLoss, measureRecovered, sumLoss } from './measure-loss.ts'
import { findOpenIncident } from './queries.ts'

const rows = (count: number): string => `${count.toLocaleString('en-US')} ${count === 1 ? 'row' : 'rows'}`

/**
 * Counts again what the target's open incident lost and got back, from the newest evidence, says on its timeline what became
 * more, and finds its last good state anew. `beganAt` moves it back to earlier evidence. Safe to repeat: the same evidence changes nothing.
 */
export async function refreshIncident(ctx: Ctx, targetId: string, beganAt?: Date): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    const found = await findOpenIncident(tx, targetId)
    if (!found) return
    const [held] = await tx.select().from(incidents).where(eq(incidents.id, found.id)).for('update')
    if (!held) return
    const began = beganAt && beganAt < held.beganAt ? beganAt : held.beganAt
    const losses = await measureLoss(tx, targetId, began, held.stableAt)
    const rowsLost = sumLoss(losses)
    const rowsRecovered = await measureRecovered(tx, held.id)
    await keepLastGoodState(tx, { ...held, beganAt: began }, new Date())
    const unchanged = rowsLost === held.rowsLost && rowsRecovered === held.rowsRecovered
    if (unchanged && began === held.beganAt) return
    await tx
      .update(incidents)
      .set({ beganAt: sql`${began.toISOString()}::timestamptz`, rowsLost, rowsRecovered })
      .where(eq(incidents.id, held.id))
    if (rowsLost !== null && rowsLost > (held.rowsLost ?? 0)) {
      const tables = (losses ?? []).map((loss) => `${loss.table} ${rows(loss.rows)} (${loss.evidence})`)
      await tx.insert(incidentEvents).values({
        incidentId: held.id,
        kind: 'loss',
        actor: formatActor(ctx.actor),
        body: `${rows(rowsLost)} lost\n${tables.join('\n')}`,
      })
    }
    await announceChanges(tx, ['incidents'])
  })
}
