import { countOf } from '#lib/format/format-count.ts'
import { healthy, unhealthy } from '#lib/health/judgement.ts'
import { loadFragment } from '#lib/health/load-fragment.ts'
import {
  isNamed,
  isTable,
  listed,
  rowSecuritySql,
  securityMinutes,
  toRelations,
} from '#lib/health/row-security.ts'
import type { Judgement, PlanChecks, PlannedCheck, Row, Sample } from '#lib/health/types.ts'
import type { Policy } from '#lib/targets/policy.ts'

type Wanted = Policy['rowSecurity']

const idlePoliciesSql = loadFragment(new URL('../sql/idle-policies.sql', import.meta.url))

/** Policies on a table whose row-level security is off protect nothing, though they look as if they did. */
export function judgeIdlePolicies(rows: readonly Row[]): Judgement {
  if (rows.length === 0) return healthy('Row-level security is on wherever policies are.')
  return unhealthy(
    'CRITICAL',
    `${countOf(rows.length, 'table')} have policies, but their row-level security is off: ${rows.map((row) => row.name).join(', ')}.`,
    {
      affected: rows.length,
      samples: rows.slice(0, 20).map((row) => ({ id: String(row.name), note: `${row.policies} policies` })),
      remedy: `alter table ${rows[0]!.name} enable row level security;`,
    },
  )
}

/** The tables of the policy: switched on, with a policy, and for their owners too where that is asked for. */
export function judgeRequired({ tables, forced }: Wanted) {
  return (rows: readonly Row[]): Judgement => {
    const relations = toRelations(rows)
    const problems = tables.flatMap((table): (Sample & { fix: string; open: boolean })[] => {
      const found = relations.find((relation) => isNamed([table], relation))
      const place = found?.place ?? table
      const told = (note: string, fix: string, open: boolean) => [{ id: place, note, fix, open }]
      if (!found || !isTable(found)) return told('not there, or no table', 'Correct the policy.', true)
      if (!found.isOn) return told('off', `alter table ${place} enable row level security;`, true)
      if (found.policies.length === 0)
        return told('on, without a policy', `create policy … on ${place} …;`, false)
      if (forced && !found.isForced)
        return told(
          `not for its owner ${found.owner}`,
          `alter table ${place} force row level security;`,
          false,
        )
      return []
    })
    if (problems.length === 0)
      return healthy(`Row-level security holds on all ${countOf(tables.length, 'table')} that need it.`)
    const told = problems.map(({ id, note }) => `${id} (${note})`).join(', ')
    return unhealthy(
      problems.some(({ open }) => open) ? 'CRITICAL' : 'WARNING',
      `Row-level security is not as the policy wants it on ${countOf(problems.length, 'table')}: ${told}.`,
      { ...listed(problems.map(({ id, note }) => ({ id, note: note ?? null }))), remedy: problems[0]!.fix },
    )
  }
}

/** On without a policy: everybody but the owner sees nothing, and somebody was granted to see something. */
export function judgeWithoutPolicies(rows: readonly Row[]): Judgement {
  const bare = toRelations(rows).filter(
    (relation) => relation.isOn && relation.policies.length === 0 && isTable(relation),
  )
  const expected = bare.filter(({ isGranted }) => isGranted)
  if (expected.length === 0)
    return healthy(
      bare.length === 0
        ? 'Each table with row-level security has a policy.'
        : `${countOf(bare.length, 'table')} let nobody in but the owner; nobody else was granted anything.`,
    )
  return unhealthy(
    'WARNING',
    `${countOf(expected.length, 'table')} have row-level security on and no policy: who was granted access sees no row.`,
    {
      ...listed(expected.map(({ place, owner }) => ({ id: place, note: `owner ${owner}` }))),
      remedy: `create policy … on ${expected[0]!.place} …; or revoke what was granted on it.`,
    },
  )
}

/** A policy for a role that is gone lets nobody in, or was meant for somebody who got another name. */
export function judgeDroppedRoles(rows: readonly Row[]): Judgement {
  const found = toRelations(rows).flatMap(({ place, policies }) =>
    policies.filter(({ roles }) => roles.includes(null)).map(({ name }) => ({ place, name })),
  )
  if (found.length === 0) return healthy('Every policy is for roles that exist.')
  return unhealthy(
    'WARNING',
    `${countOf(found.length, 'policy', 'policies')} name a role that does not exist any more.`,
    {
      ...listed(found.map(({ place, name }) => ({ id: `${place} ${name}` }))),
      remedy: `alter policy ${found[0]!.name} on ${found[0]!.place} to …;`,
    },
  )
}

/** How many policies there are on which table, and whose owner they do not bind. Tells; never alarms. */
export function tellPolicies(rows: readonly Row[]): Judgement {
  const secured = toRelations(rows).filter((relation) => relation.isOn && isTable(relation))
  const policies = secured.reduce((sum, relation) => sum + relation.policies.length, 0)
  const free = secured.filter(({ isForced }) => !isForced)
  const told =
    free.length > 0 ? ` The owners of ${countOf(free.length, 'table')} pass without them (not forced).` : ''
  return healthy(
    `${countOf(policies, 'policy', 'policies')} on ${countOf(secured.length, 'table')} with row-level security.${told}`,
    {
      affected: 0,
      measured: policies,
      samples: secured.slice(0, 20).map(({ place, owner, isForced, policies }) => ({
        id: place,
        label: countOf(policies.length, 'policy', 'policies'),
        note: isForced ? null : `not for its owner ${owner}`,
      })),
    },
  )
}

/**
 * `security.row-level`, `security.required` where the policy names tables, `security.without-policies`,
 * `security.dropped-roles` and `security.policies`.
 */
export const planSecurityChecks: PlanChecks = ({ policy: { rowSecurity } }) => {
  const collect = rowSecuritySql(rowSecurity.exposedRoles)
  const plan = (name: string, title: string, judge: PlannedCheck['judge']): PlannedCheck => ({
    check: `security.${name}`,
    area: 'security',
    title,
    collect,
    judge,
    everyMinutes: securityMinutes,
  })
  return [
    {
      ...plan('row-level', 'Row-level security is on where policies are', judgeIdlePolicies),
      collect: idlePoliciesSql,
    },
    ...(rowSecurity.tables.length > 0
      ? [plan('required', 'Row-level security where the policy wants it', judgeRequired(rowSecurity))]
      : []),
    plan('without-policies', 'Row-level security without a policy', judgeWithoutPolicies),
    plan('dropped-roles', 'Policies for roles that are gone', judgeDroppedRoles),
    plan('policies', 'Policies in place', tellPolicies),
  ]
}
