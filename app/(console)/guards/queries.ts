import { z } from 'zod'
import { defineRead } from '#app/_web/read.ts'
import { findNewestGood } from '#lib/backups/queries.ts'
import { changeProtection, protectionOf } from '#lib/guards/change-protection.ts'
import { coverTables } from '#lib/guards/coverage.ts'
import { findNewestDrill, listCopiedTables, sumWindows } from '#lib/guards/coverage-queries.ts'
import { dryRunBudgets, dryRunDays } from '#lib/guards/dry-run-budget.ts'
import {
  countEventsByHour,
  type EventFilter,
  listEventChoices,
  listGuardEvents,
} from '#lib/guards/event-queries.ts'
import { findGuardSurvey, findGuardWork, listGuardStates, listNewestRowCounts } from '#lib/guards/queries.ts'
import { protectionEntry } from '#lib/guards/request-protection-change.ts'
import { getJobRun } from '#lib/jobs/queries.ts'
import { getPolicy, getTarget } from '#lib/targets/queries.ts'

const dayMs = 86_400_000

export const guardsRead = defineRead({
  name: 'guards',
  topics: ['guards', 'backups', 'jobs', 'targets'],
  audience: 'role',
  input: z.object({ targetId: z.uuid() }),
  async read({ db, user }, { targetId }) {
    const now = new Date()
    const [target, policy, states, survey, rows, snapshot, archive, newest, drill, refused, letGo, work] =
      await Promise.all([
        getTarget(db, targetId),
        getPolicy(db, targetId),
        listGuardStates(db, targetId),
        findGuardSurvey(db, targetId),
        listNewestRowCounts(db, targetId),
        listCopiedTables(db, targetId, 'snapshot'),
        listCopiedTables(db, targetId, 'archive'),
        findNewestGood(db, targetId, 'archive'),
        findNewestDrill(db, targetId),
        listGuardEvents(db, targetId, { lane: 'refused' }),
        listGuardEvents(db, targetId, { lane: 'let-go' }),
        findGuardWork(db, targetId),
      ])
    const since = new Date(now.getTime() - 7 * dayMs)
    const [used, refusedHours, letGoHours] = await Promise.all([
      sumWindows(db, targetId, policy.document),
      countEventsByHour(db, targetId, { lane: 'refused' }, since),
      countEventsByHour(db, targetId, { lane: 'let-go' }, since),
    ])
    const sum = (hours: { events: number; rows: number }[]) => ({
      events: hours.reduce((total, hour) => total + hour.events, 0),
      rows: hours.reduce((total, hour) => total + hour.rows, 0),
    })
    const evidence = { states, rows, used, snapshot, archive, drill, now }
    return {
      role: user.role,
      target,
      survey,
      /** Tables that are not protected are known from the newest archive. Null: there is none yet. */
      archivedAt: newest?.takenAt ?? null,
      tables: coverTables(policy.document, evidence),
      policy: {
        version: policy.version,
        budget: policy.document.budget,
        protectedTables: policy.document.protectedTables,
      },
      refused,
      letGo,
      lastWeek: { refused: sum(refusedHours), letGo: sum(letGoHours) },
      work,
    }
  },
})

const eventFilter = {
  targetId: z.uuid(),
  lane: z.enum(['refused', 'let-go']),
  table: z.string().max(300).optional(),
  role: z.string().max(63).optional(),
  kind: z.string().max(30).optional(),
}

/** A further page of events, or the first one of a filter. */
export const guardEventsRead = defineRead({
  name: 'guard-events',
  topics: ['guards'],
  audience: 'everyone',
  input: z.object({
    ...eventFilter,
    after: z
      .string()
      .regex(/^[0-9 :.+-]{10,40}\|[0-9a-f-]{36}$/)
      .nullable(),
  }),
  read: ({ db }, { targetId, after, ...filter }) =>
    listGuardEvents(db, targetId, filter satisfies EventFilter, { after }),
})

/** The chart of a lane, and what there is to filter by. */
export const guardHistoryRead = defineRead({
  name: 'guard-history',
  topics: ['guards'],
  audience: 'everyone',
  input: z.object({ ...eventFilter, days: z.number().int().min(1).max(90) }),
  async read({ db }, { targetId, days, ...filter }) {
    const now = Date.now()
    const [hours, choices] = await Promise.all([
      countEventsByHour(db, targetId, filter satisfies EventFilter, new Date(now - days * dayMs)),
      listEventChoices(db, targetId, filter.lane, new Date(now - 90 * dayMs)),
    ])
    return { hours, choices }
  },
})

/** What a table's budgets, changed like this, would have refused. */
export const guardDryRunRead = defineRead({
  name: 'guard-dry-run',
  topics: ['guards', 'targets'],
  audience: 'everyone',
  input: z.object({ targetId: z.uuid(), entry: protectionEntry }),
  async read({ db }, { targetId, entry }) {
    const { document } = await getPolicy(db, targetId)
    const before = protectionOf(document, entry.table)
    const trials = await dryRunBudgets(db, targetId, changeProtection(document, entry), entry.table)
    return { days: dryRunDays, mode: entry.mode, modeBefore: before.mode, trials }
  },
})

/** How far a requested change of a table's protection is. */
export const guardChangeRead = defineRead({
  name: 'guard-change',
  topics: ['jobs'],
  audience: 'everyone',
  input: z.object({ jobRunId: z.uuid() }),
  async read({ db }, { jobRunId }) {
    const { status, error, result } = await getJobRun(db, jobRunId)
    return { status, error, result }
  },
})
