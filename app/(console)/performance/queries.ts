import { z } from 'zod'
import { defineRead } from '#app/_web/read.ts'
import { listCurrentJobRuns } from '#lib/jobs/queries.ts'
import { noiseMsOf } from '#lib/performance/judge.ts'
import { listBaselines, listProbeHistory, listProbeReadings } from '#lib/performance/queries.ts'
import { getPolicy, getTarget } from '#lib/targets/queries.ts'

export const performanceRead = defineRead({
  name: 'performance',
  topics: ['performance', 'jobs'],
  audience: 'role',
  input: z.object({ targetId: z.uuid(), days: z.number().int().min(1).max(60).default(7) }),
  async read({ db, user }, { targetId, days }) {
    const since = new Date(Date.now() - days * 86_400_000)
    const [target, policy, readings, baselines, history, jobs] = await Promise.all([
      getTarget(db, targetId),
      getPolicy(db, targetId),
      listProbeReadings(db, targetId),
      listBaselines(db, targetId),
      listProbeHistory(db, targetId, since),
      listCurrentJobRuns(db),
    ])
    return {
      role: user.role,
      target: { id: target.id, name: target.name },
      days,
      measuring: jobs.some(
        (job) =>
          job.kind === 'performance.measure' &&
          job.targetId === targetId &&
          (job.status === 'queued' || job.status === 'running'),
      ),
      probes: readings.map((reading) => {
        const baseline = baselines.get(reading.name)
        return {
          ...reading,
          sql: policy.document.probes.find((probe) => probe.name === reading.name)?.sql ?? '',
          baseline: baseline
            ? {
                medianMs: baseline.medianMs,
                noiseMs: noiseMsOf(baseline),
                measurements: baseline.measurements,
                learnedAt: baseline.learnedAt,
                learnedBy: baseline.learnedBy,
              }
            : null,
          history: history
            .filter((point) => point.probe === reading.name)
            .map(({ measuredAt, medianMs, p95Ms }) => ({ measuredAt, medianMs, p95Ms })),
        }
      }),
    }
  },
})
