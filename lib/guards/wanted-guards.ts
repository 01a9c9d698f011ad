import { formatTable, type TableName } from '#lib/sql/identifier.ts'
import { type Budget, budgetOf, type Policy, policyTable } from '#lib/targets/policy.ts'

/** Of a window that the policy gives rows but no length. */
const defaultWindowMinutes = 60

/** Of an agent, where the policy does not say otherwise. Enough to work, too little to empty a table. */
export const agentBudget: Budget = {
  statementRows: 5,
  transactionRows: 10,
  windowRows: 50,
  windowMinutes: defaultWindowMinutes,
}

export interface WantedBudget extends Budget {
  act: 'delete' | 'update'
  /** '' is everybody without a budget of their own. */
  role: string
  windowMinutes: number
}

/** What `plan_guards.sql` is asked to build for one protected table. */
export interface WantedGuard extends TableName {
  table: string
  mode: 'refuse' | 'warn'
  journal: 'deleted' | 'overwritten' | 'none'
  /** What all journals of the target together may take. */
  journalBytes: number
  whenDamaged: 'refuse' | 'pass'
  updateColumns: string[]
  /** Roles whose every change is journaled and counted. */
  agents: string[]
  /** Roles with a budget of their own, agents included. */
  roles: string[]
  budgets: WantedBudget[]
}

/** The guards that a policy asks for, in its order. Pure. */
export const listWantedGuards = (policy: Policy): WantedGuard[] =>
  policy.protectedTables.map((entry) => {
    const name = policyTable(entry.table)
    const agents = policy.agents.map((agent) => agent.role)
    return {
      ...name,
      table: formatTable(name),
      mode: entry.mode,
      journal: entry.journal,
      journalBytes: policy.retention.journalMegabytes * 2 ** 20,
      whenDamaged: whenDamaged(policy, name),
      updateColumns: entry.updates?.columns ?? [],
      agents,
      roles: [...new Set([...Object.keys(entry.roles), ...agents])],
      budgets: listBudgets(policy, name),
    }
  })

/** What a change of this table meets when its guard is damaged: as the policy says, else by whether people sign in by it. Pure. */
export function whenDamaged(policy: Policy, table: TableName): 'refuse' | 'pass' {
  const named = formatTable(table)
  const is = (text: string | undefined) => text !== undefined && formatTable(policyTable(text)) === named
  const said = policy.protectedTables.find((entry) => is(entry.table))?.whenDamaged
  const decides = policy.memberships.some(({ users, organizations, members, roles }) =>
    [users.table, organizations?.table, members.table, roles?.table].some(is),
  )
  return said ?? (decides ? 'refuse' : 'pass')
}

/** The stricter limit of each kind. An agent never gets more than everybody else has. Pure. */
function narrower(one: Budget, other: Budget): Budget {
  const limits = [
    'statementRows',
    'transactionRows',
    'windowRows',
    'statementPercent',
    'transactionPercent',
    'windowPercent',
  ] as const
  const least = limits.flatMap((field) => {
    const given = [one[field], other[field]].filter((limit) => limit !== undefined)
    return given.length > 0 ? [[field, Math.min(...given)] as const] : []
  })
  const windowMinutes = Math.max(
    one.windowMinutes ?? defaultWindowMinutes,
    other.windowMinutes ?? defaultWindowMinutes,
  )
  return { ...Object.fromEntries(least), windowMinutes }
}

/** Every budget of a protected table, by act and role. An agent's holds even where the policy names no columns. Pure. */
export function listBudgets(policy: Policy, table: TableName): WantedBudget[] {
  const entry = policy.protectedTables.find(
    (candidate) => formatTable(policyTable(candidate.table)) === formatTable(table),
  )
  const everybody = budgetOf(policy, table)
  const named = Object.entries(entry?.roles ?? {})
  const updates = entry?.updates
  const agents = policy.agents.map(({ role, budget }) => [role, { ...agentBudget, ...budget }] as const)
  const complete = (act: WantedBudget['act'], role: string, budget: Budget): WantedBudget => ({
    windowMinutes: defaultWindowMinutes,
    ...budget,
    act,
    role,
  })
  const isAgent = (role: string) => agents.some(([agent]) => agent === role)
  return [
    complete('delete', '', everybody),
    ...named
      .filter(([role]) => !isAgent(role))
      .map(([role, budget]) => complete('delete', role, { ...everybody, ...budget })),
    ...(updates ? [complete('update', '', { ...everybody, ...updates.budget })] : []),
    ...(updates ? named : [])
      .filter(([role]) => !isAgent(role))
      .map(([role, budget]) => complete('update', role, { ...everybody, ...updates!.budget, ...budget })),
    ...agents.flatMap(([role, budget]) => [
      complete('delete', role, narrower(budget, everybody)),
      complete('update', role, updates ? narrower(budget, { ...everybody, ...updates.budget }) : budget),
    ]),
  ]
}
