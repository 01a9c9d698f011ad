import { z } from 'zod'
import { defineRead } from '#app/_web/read.ts'
import {
  type Comparison,
  countDrift,
  countLost,
  getComparison,
  listComparisons,
  listOfMirror,
} from '#lib/drift/queries.ts'
import { getJobRun } from '#lib/jobs/queries.ts'
import { getPolicy, getTarget, listTargets } from '#lib/targets/queries.ts'

/** What a list shows of a comparison: the rows themselves are on its own page. */
const summaryOf = ({ found, tables, ...rest }: Comparison) => ({
  ...rest,
  ...countDrift(found),
  orphans: countLost(found),
  tables: found?.tables.length ?? tables.length,
  differing: (found?.tables ?? []).filter(({ inSync }) => !inSync).map(({ table }) => table),
  pending: found?.pending.length ?? 0,
})

export const driftRead = defineRead({
  name: 'drift',
  topics: ['drift', 'targets'],
  audience: 'role',
  input: z.object({ targetId: z.uuid() }),
  async read({ db, user }, { targetId }) {
    const [target, targets, { document: policy }, comparisons] = await Promise.all([
      getTarget(db, targetId),
      listTargets(db),
      getPolicy(db, targetId),
      listComparisons(db, targetId, 20),
    ])
    const mirrors = await Promise.all(
      policy.mirrors.map(async ({ name, master, tables }) => ({
        name,
        master,
        tables,
        // Oldest first, as a strip is read.
        history: (await listOfMirror(db, targetId, name)).map(summaryOf).reverse(),
      })),
    )
    return {
      role: user.role,
      target: { id: target.id, name: target.name, kind: target.kind },
      targets: targets.filter(({ kind }) => kind === 'application').map(({ name }) => name),
      schedule: policy.schedules.drift,
      mirrors,
      comparisons: comparisons.map(summaryOf),
    }
  },
})

export const comparisonRead = defineRead({
  name: 'comparison',
  topics: ['drift', 'jobs'],
  audience: 'role',
  input: z.object({ comparisonId: z.uuid() }),
  async read({ db, user }, { comparisonId }) {
    const comparison = await getComparison(db, comparisonId)
    const isOpen = comparison.status === 'queued' || comparison.status === 'running'
    return {
      role: user.role,
      comparison,
      orphans: countLost(comparison.found),
      ...countDrift(comparison.found),
      job: isOpen && comparison.jobRunId ? await getJobRun(db, comparison.jobRunId) : null,
    }
  },
})
