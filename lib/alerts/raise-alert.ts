import { sql } from 'drizzle-orm'
import { alerts } from '#drizzle/schema/alerts.ts'
import { type Ctx, formatActor } from '#lib/context.ts'
import { AppError } from '#lib/errors.ts'
import { getTarget } from '#lib/targets/queries.ts'
import { applyJudgement } from './apply-judgement.ts'
import { lockAlerts } from './lock-alerts.ts'
import type { Problem } from './types.ts'

/** Fingerprints that are judged elsewhere begin so; the evaluation of a target leaves their alerts alone. */
export const elsewherePrefix = 'holdfast:'

export interface RaisedAlert {
  alertId: string | null
  /** Whether this call raised it, or opened it again. */
  raised: boolean
}

/**
 * Says that something is wrong which is judged elsewhere than from a target's facts, such as a dead worker. The same rules as
 * for every alert: one fingerprint is one open alert, the same evidence (`seenAt`, now if absent) counts once, its coming and
 * going is damped, its messages are filed in the same transaction. Safe to repeat, from any number of processes.
 */
export async function raiseAlert(
  ctx: Ctx,
  { targetId = null, seenAt, ...rest }: Omit<Problem, 'seenAt'> & { targetId?: string | null; seenAt?: Date },
): Promise<RaisedAlert> {
  return judgeOne(ctx, targetId, rest.fingerprint, (now) => [{ ...rest, seenAt: seenAt ?? now }])
}

/** Says that it is over. Does nothing where no such alert is open. Safe to repeat. */
export async function clearAlert(
  ctx: Ctx,
  { targetId = null, fingerprint }: { targetId?: string | null; fingerprint: string },
): Promise<void> {
  await judgeOne(ctx, targetId, fingerprint, () => [])
}

async function judgeOne(
  ctx: Ctx,
  targetId: string | null,
  fingerprint: string,
  problemsAt: (now: Date) => Problem[],
): Promise<RaisedAlert> {
  if (!fingerprint.startsWith(elsewherePrefix)) {
    throw new AppError('fingerprint', `“${fingerprint}” does not begin with “${elsewherePrefix}”.`)
  }
  return ctx.db.transaction(async (tx) => {
    await lockAlerts(tx, targetId)
    const [clock] = await tx.execute<{ now: string }>(sql`select clock_timestamp() as now`)
    const now = new Date(clock!.now)
    const targetName = targetId === null ? null : (await getTarget(tx, targetId)).name
    const changes = await applyJudgement(
      tx,
      formatActor(ctx.actor),
      { targetId, targetName, only: fingerprint },
      { problems: problemsAt(now), unknown: [] },
      now,
    )
    const [open] = await tx
      .select({ id: alerts.id })
      .from(alerts)
      .where(
        sql`${alerts.targetId} is not distinct from ${targetId}::uuid
          and ${alerts.fingerprint} = ${fingerprint} and ${alerts.status} <> 'resolved'`,
      )
    return {
      alertId: open?.id ?? null,
      raised: changes.some(({ kind }) => kind === 'raise' || kind === 'reopen'),
    }
  })
}
