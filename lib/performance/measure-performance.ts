import type postgres from 'postgres'
import { probeMeasurements } from '#drizzle/schema/performance.ts'
import { appendAudit } from '#lib/audit/append-audit.ts'
import { formatActor } from '#lib/context.ts'
import { announceChanges } from '#lib/db/changes.ts'
import { AppError } from '#lib/errors.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import { withTarget } from '#lib/targets/open-target.ts'
import type { Policy } from '#lib/targets/policy.ts'
import { getPolicy, getTarget } from '#lib/targets/queries.ts'
import { type Baseline, judgeMeasurement, learnFrom } from './judge.ts'
import { keepBaseline } from './learn-baseline.ts'
import { listBaselines, listMeasured } from './queries.ts'
import { type TimedProbe, timeProbe } from './time-probe.ts'
import type { Verdict } from './types.ts'

const probeTimeoutMs = 5_000

/** A departure is measured this often again, after all others, before it is believed. */
const secondLooks = 2

type Probe = Policy['probes'][number]
type Reading = TimedProbe & { probe: Probe; verdict: Verdict; changePercent: number | null }

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
  const actor = formatActor(ctx.actor)

  const options = { purpose: 'performance', statementTimeoutMs: probeTimeoutMs }
  const readings = await withTarget(ctx, targetId, 'watch', options, ({ sql }) =>
    readProbes(scope, sql, policy.probes, baselines),
  )
  await scope.assertHeld()
  const verdicts = Object.fromEntries(readings.map(({ probe, verdict }) => [probe.name, verdict]))
  await ctx.db.transaction(async (tx) => {
    const measuredAt = new Date()
    if (readings.length > 0) {
      await tx.insert(probeMeasurements).values(
        readings.map(({ probe, ...timed }) => ({
          targetId,
          probe: probe.name,
          category: probe.category,
          measuredAt,
          ...timed,
        })),
      )
    }
    const learnedOf: string[] = []
    for (const { name } of policy.probes.filter((each) => !baselines.has(each.name))) {
      const learned = learnFrom(await listMeasured(tx, targetId, name, 20))
      if (!learned) continue
      await keepBaseline(tx, targetId, name, learned, actor)
      learnedOf.push(name)
    }
    await announceChanges(tx, ['performance'])
    // Measuring changes nothing and happens all day; what is normal from now on is a decision.
    if (learnedOf.length === 0) return
    await appendAudit(tx, {
      actor,
      action: 'performance.measure',
      outcome: 'done',
      subject: `target:${targetId}`,
      target: target.name,
      detail: { learned: learnedOf, verdicts },
    })
  })
  return { verdicts }
}

async function readProbes(
  scope: JobScope,
  sql: postgres.Sql,
  probes: readonly Probe[],
  baselines: ReadonlyMap<string, Baseline>,
): Promise<Reading[]> {
  const read = async (probe: Probe): Promise<Reading> => {
    const timed = await timeProbe(sql, probe.sql, scope.signal)
    const baseline = baselines.get(probe.name) ?? null
    return { probe, ...timed, ...judgeMeasurement(timed.medianMs, baseline, probe.maximumMs ?? null) }
  }
  const readings: Reading[] = []
  await scope.phase('measure', probes.length)
  for (const probe of probes) {
    readings.push(await read(probe))
    scope.progress(readings.length)
  }
  // A busy moment of the server passes; a regression of the query does not. The better look counts.
  for (let look = 0; look < secondLooks; look++) {
    const suspects = readings.filter(({ verdict }) => verdict === 'regressed' || verdict === 'critical')
    if (suspects.length === 0) break
    await scope.phase('look again', suspects.length)
    for (const [index, suspect] of suspects.entries()) {
      const again = await read(suspect.probe)
      const isBetter = again.medianMs !== null && again.medianMs < suspect.medianMs!
      if (isBetter) readings[readings.indexOf(suspect)] = again
      scope.progress(index + 1)
    }
  }
  return readings
}
