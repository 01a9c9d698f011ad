import type { DbOrTx } from '#lib/db/client.ts'
import { planHistory, readHistory } from '#lib/health/history.ts'
import {
  type CheckState,
  listAreaStrips,
  listFindings,
  listStates,
  listTurns,
  stripHours,
} from '#lib/health/queries.ts'
import { listCurrentJobRuns } from '#lib/jobs/queries.ts'
import { getPolicy, getTarget } from '#lib/targets/queries.ts'

/** Two points a bucket, the lowest and the highest: a phone's chart is 300 pixels wide. */
const historyBuckets = 150
const findingsPerPage = 20
const turnsShown = 30

export interface HealthPageAsked {
  targetId: string
  /** The check that is opened. */
  check?: string | undefined
  /** How long a history of it. */
  hours: number
  /** Its findings from before this moment. */
  before?: string | undefined
}

/** Everything that the Health page shows, as much of it for a target of an hour as for one of years. */
export async function readHealthPage(db: DbOrTx, { targetId, check, hours, before }: HealthPageAsked) {
  const [target, policy, states, strips, turns, jobs] = await Promise.all([
    getTarget(db, targetId),
    getPolicy(db, targetId),
    listStates(db, targetId),
    listAreaStrips(db, targetId),
    listTurns(db, targetId, { limit: turnsShown }),
    listCurrentJobRuns(db),
  ])
  const running = jobs.find(
    (job) =>
      job.kind === 'health.run' &&
      job.targetId === targetId &&
      (job.status === 'queued' || job.status === 'running'),
  )
  const opened = states.find((state) => state.check === check)
  return {
    target: { id: target.id, name: target.name },
    schedule: policy.document.schedules.health,
    memberships: policy.document.memberships.length,
    running: running ? { done: running.progressDone, total: running.progressTotal } : null,
    // What only the opened check shows would be most of the page: statements and samples of eighty checks.
    states: states.map(({ statement: _, samples: __, ...state }) => state),
    strips,
    stripHours,
    turns,
    opened: opened ? await readOpened(db, targetId, opened, { hours, before }) : null,
  }
}

async function readOpened(
  db: DbOrTx,
  targetId: string,
  state: CheckState,
  { hours, before }: { hours: number; before: string | undefined },
) {
  const now = new Date()
  const plan = planHistory({
    from: new Date(now.getTime() - hours * 3_600_000),
    until: now,
    points: historyBuckets,
    now,
  })
  const [buckets, turns, findings] = await Promise.all([
    readHistory(db, targetId, state.check, plan),
    listTurns(db, targetId, { check: state.check, limit: 10 }),
    listFindings(db, targetId, state.check, {
      limit: findingsPerPage + 1,
      ...(before ? { before: new Date(before) } : {}),
    }),
  ])
  return {
    ...state,
    hours,
    before: before ?? null,
    tier: plan.tier,
    stepMs: plan.stepMs,
    buckets,
    turns,
    findings: findings.slice(0, findingsPerPage),
    olderBefore: findings.length > findingsPerPage ? findings[findingsPerPage - 1]!.checkedAt : null,
  }
}
