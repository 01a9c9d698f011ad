import { isDeepStrictEqual } from 'node:util'
import { listBudgets, type WantedBudget, whenDamaged } from '#lib/guards/wanted-guards.ts'
import { occurrencesBetween } from '#lib/jobs/occurrence.ts'
import { formatTable } from '#lib/sql/identifier.ts'
import { type Policy, policyTable } from '#lib/targets/policy.ts'

type ProtectedTable = Policy['protectedTables'][number]

const limits = [
  ['statementRows', 'rows a statement may'],
  ['transactionRows', 'rows a transaction may'],
  ['windowRows', 'rows all together may'],
  ['statementPercent', 'per cent a statement may'],
  ['transactionPercent', 'per cent a transaction may'],
  ['windowPercent', 'per cent all together may'],
] as const

const dayMs = 86_400_000
/** A Monday; four weeks from it hold every weekday equally often. */
const monthBegin = Date.parse('2026-03-02T00:00Z')

const unlimited = Number.POSITIVE_INFINITY
const inWords = (limit: number | undefined): string => (limit === undefined ? 'no limit' : String(limit))

/** Shares count from a thousand rows on, so a limit in rows below that share of a thousand is narrower anyway. */
const rowsPerPercent = 10
const rowsBeside = {
  statementPercent: 'statementRows',
  transactionPercent: 'transactionRows',
  windowPercent: 'windowRows',
} as const

function isRaised(field: (typeof limits)[number][0], before: WantedBudget, after: WantedBudget): boolean {
  const held = before[field] ?? unlimited
  if ((after[field] ?? unlimited) <= held) return false
  if (!(field in rowsBeside)) return true
  return (after[rowsBeside[field as keyof typeof rowsBeside]] ?? unlimited) > held * rowsPerPercent
}

/** Each limit of a budget that was raised or dropped. A shorter window forgets sooner, so more may go. */
function raisedLimits(what: string, before: WantedBudget, after: WantedBudget): string[] {
  const raised = limits
    .filter(([field]) => isRaised(field, before, after))
    .map(
      ([field, words]) =>
        `${what}: the ${words} ${before.act} go from ${inWords(before[field])} to ${inWords(after[field])}.`,
    )
  const hasWindow = after.windowRows !== undefined || after.windowPercent !== undefined
  return hasWindow && after.windowMinutes < before.windowMinutes
    ? [
        ...raised,
        `${what}: the window of its ${before.act} budget is ${after.windowMinutes} minutes instead of ${before.windowMinutes}.`,
      ]
    : raised
}

/** What holds for a role: its own budget, else the one of everybody. */
const budgetFor = (budgets: readonly WantedBudget[], act: string, role: string): WantedBudget | undefined =>
  budgets.find((one) => one.act === act && one.role === role) ??
  budgets.find((one) => one.act === act && one.role === '')

function weakenedBudgets(before: Policy, after: Policy, was: ProtectedTable): string[] {
  const name = policyTable(was.table)
  const table = formatTable(name)
  const [held, holds] = [listBudgets(before, name), listBudgets(after, name)]
  const roles = [...new Set([...held, ...holds].map(({ role }) => role))].sort()
  return roles.flatMap((role) =>
    (['delete', 'update'] as const).flatMap((act) => {
      const what = role === '' ? table : `${table}, role ${role}`
      const [wasHeld, isHeld] = [budgetFor(held, act, role), budgetFor(holds, act, role)]
      if (!wasHeld) return []
      return isHeld ? raisedLimits(what, wasHeld, isHeld) : [`${what}: its ${act} budget goes.`]
    }),
  )
}

const journals: readonly ProtectedTable['journal'][] = ['none', 'deleted', 'overwritten']

function weakenedTable(before: Policy, after: Policy, was: ProtectedTable): string[] {
  const table = formatTable(policyTable(was.table))
  const is = after.protectedTables.find((entry) => formatTable(policyTable(entry.table)) === table)
  if (!is) return [`${table} is not protected any more.`]
  const dropped = (was.updates?.columns ?? []).filter(
    (column) => is.updates && !is.updates.columns.includes(column),
  )
  return [
    ...(was.mode === 'refuse' && is.mode === 'warn'
      ? [`${table}: what is over budget is warned of instead of refused.`]
      : []),
    ...(whenDamaged(before, policyTable(was.table)) === 'refuse' &&
    whenDamaged(after, policyTable(was.table)) === 'pass'
      ? [`${table}: a change passes uncounted when the guard is damaged.`]
      : []),
    ...(journals.indexOf(is.journal) < journals.indexOf(was.journal)
      ? [`${table}: the journal keeps “${is.journal}” instead of “${was.journal}”.`]
      : []),
    ...(dropped.length > 0 ? [`${table}: updates of ${dropped.join(', ')} have no budget any more.`] : []),
    ...weakenedBudgets(before, after, was),
  ]
}

const withoutLimits = ({ orphaning: _, owners: __, ...rows }: Policy['memberships'][number]) => rows

/** Of a membership rule, what decides whose last membership or ownership is held. */
function weakenedMemberships(before: Policy, after: Policy): string[] {
  return before.memberships
    .filter((rule) => rule.orphaning === 'refuse')
    .flatMap((rule) => {
      const is = after.memberships.find((one) => one.name === rule.name)
      if (!is) return [`The membership rule ${rule.name} goes: nothing holds the last membership of a user.`]
      if (is.orphaning === 'off') return [`${rule.name}: the last membership of a user may go.`]
      const owners = rule.owners.filter((owner) => !is.owners.includes(owner))
      if (owners.length > 0) {
        return [
          `${rule.name}: ${owners.map(String).join(', ')} is no owner any more, so the last one may go.`,
        ]
      }
      return isDeepStrictEqual(withoutLimits(rule), withoutLimits(is))
        ? []
        : [`${rule.name}: it reads other rows than before.`]
    })
}

const endedAgents = (before: Policy, after: Policy): string[] =>
  before.agents
    .filter(({ role }) => !after.agents.some((agent) => agent.role === role))
    .map(({ role }) => `The agent ${role} is not held to an agent’s limits any more.`)

const shorterKept = (before: Policy, after: Policy): string[] =>
  (
    [
      ['journalDays', 'The journals keep', 'days'],
      ['journalMegabytes', 'The journals keep', 'MB'],
      ['snapshotDays', 'Snapshots are kept', 'days'],
      ['archiveDays', 'Archives are kept', 'days'],
      ['archiveWeeks', 'Of each week an archive is kept for', 'weeks'],
      ['archiveMonths', 'Of each month an archive is kept for', 'months'],
      ['archiveYears', 'Of each year an archive is kept for', 'years'],
      ['minimumArchives', 'At least', 'archives stay'],
    ] as const
  )
    .filter(([field]) => after.retention[field] < before.retention[field])
    .map(
      ([field, words, unit]) =>
        `${words} ${after.retention[field]} ${unit} instead of ${before.retention[field]}.`,
    )

const endedStores = (before: Policy, after: Policy): string[] =>
  before.stores
    .filter((store) => !after.stores.includes(store))
    .map((store) => `Archives do not go to the store ${store} any more.`)

const proofs = ['archive', 'drill', 'snapshot'] as const

const timesIn = (cron: string, days: number): number =>
  occurrencesBetween(cron, 'UTC', new Date(monthBegin), new Date(monthBegin + days * dayMs)).length

/** By how often it means to run, whatever the hour: in four weeks, and for rare ones in four years. */
function isLessOften(after: string, before: string): boolean {
  const [now, then] = [timesIn(after, 28), timesIn(before, 28)]
  return now < then || (then < 28 && timesIn(after, 1461) < timesIn(before, 1461))
}

function thinnedSchedules(before: Policy, after: Policy): string[] {
  const thinned = proofs
    .filter((name) => isLessOften(after.schedules[name], before.schedules[name]))
    .map(
      (name) =>
        `The ${name} runs at “${after.schedules[name]}” instead of “${before.schedules[name]}”: less often.`,
    )
  return after.objectives.proofHours > before.objectives.proofHours
    ? [
        ...thinned,
        `A backup may go unproven for ${after.objectives.proofHours} hours instead of ${before.objectives.proofHours}.`,
      ]
    : thinned
}

/**
 * What a new policy lets pass or forgets that the one in force refuses or keeps, one sentence each; empty where it is at
 * least as strict. On production these take a second person. Pure.
 */
export const listWeakenings = (before: Policy, after: Policy): string[] => [
  ...before.protectedTables.flatMap((entry) => weakenedTable(before, after, entry)),
  ...endedAgents(before, after),
  ...weakenedMemberships(before, after),
  ...shorterKept(before, after),
  ...endedStores(before, after),
  ...thinnedSchedules(before, after),
]
