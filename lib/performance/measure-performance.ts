import { probeMeasurements } from '#drizzle/schema/performance.ts'
import { appendAudit } from '#lib/audit/append-audit.ts'
import { formatActor } from '#lib/context.ts'
import { announceChanges } from '#lib/db/changes.ts'
import { AppError } from '#lib/errors.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import { withTarget } from '#lib/targets/open-target.ts'
import { getPolicy, getTarget } from '#lib/targets/queries.ts'
import { judgeMeasurement, learnFrom } from './judge.ts'
import { keepBaseline } from './learn-baseline.ts'
import { listBaselines, listMeasured } from './queries.ts'
import { timeProbe } from './time-probe.ts'
import type { Verdict } from './types.ts'

const probeTimeoutMs = 5_000

/**
 * Times every probe of the target's policy and records each against its baseline; the first baseline of a probe is
 * learned once there are enough measurements. Safe to repeat: it adds one measurement more.
 */
export async function measurePerformance(scope: JobScope): Promise<{ verdicts: Record<string, Verdict> }> {
  const { ctx, targetId } = scope
  if (!targetId) throw new AppError('target-missing', 'A measurement needs its target.')
  const target = await getTarget(ctx.db, targetId)
  const { document: policy } = await getPolicy(ctx.db, targetId)
  const baselines = await listBaselines(ctx.db, targetId)
  const verdicts: Record<string, Verdict> = {}
  const actor = formatActor(ctx.actor)

  await scope.phase('measure', policy.probes.length)
  const options = { purpose: 'performance', statementTimeoutMs: probeTimeoutMs }
  await withTarget(ctx, targetId, 'watch', options, async ({ sql }) => {
    for (const [index, probe] of policy.probes.entries()) {
      const timed = await timeProbe(sql, probe.sql, scope.signal)
      const { verdict, changePercent } = judgeMeasurement(
        timed.medianMs,
        baselines.get(probe.name) ?? null,
        probe.maximumMs ?? null,
      )
      await ctx.db.insert(probeMeasurements).values({
        targetId,
        probe: probe.name,
        category: probe.category,
        measuredAt: new Date(),
        ...timed,
        verdict,
        changePercent,
      })
      verdicts[probe.name] = verdict
      scope.progress(index + 1)
    }
  })

  for (const probe of policy.probes.filter((each) => !baselines.has(each.name))) {
    const learned = learnFrom(await listMeasured(ctx.db, targetId, probe.name, 20))
    if (learned) await keepBaseline(ctx.db, targetId, probe.name, learned, actor)
  }
  await ctx.db.transaction(async (tx) => {
    await announceChanges(tx, ['performance'])
    await appendAudit(tx, {
      actor,
      action: 'performance.measure',
      outcome: 'done',
      subject: `target:${targetId}`,
      target: target.name,
      detail: { verdicts },
    })
  })
  return { verdicts }
}
