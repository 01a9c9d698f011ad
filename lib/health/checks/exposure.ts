import { countOf } from '#lib/format/format-count.ts'
import { isAlwaysTrue } from '#lib/health/always-true.ts'
import { healthy, unhealthy } from '#lib/health/judgement.ts'
import {
  isNamed,
  isTable,
  listed,
  rowSecuritySql,
  type SecurityPolicy,
  securityMinutes,
  toRelations,
} from '#lib/health/row-security.ts'
import type { Judgement, PlanChecks, PlannedCheck, Row } from '#lib/health/types.ts'
import type { Policy } from '#lib/targets/policy.ts'

type Wanted = Policy['rowSecurity']

const covers = (policy: SecurityPolicy, command: SecurityPolicy['command']): boolean =>
  policy.command === '*' || command === '*' || policy.command === command

/** What an always-true policy lets strangers do: nothing, read, or write. */
function opens(policy: SecurityPolicy): 'read' | 'write' | null {
  const [using, check] = [isAlwaysTrue(policy.using), isAlwaysTrue(policy.check)]
  if (policy.command === 'r') return using ? 'read' : null
  return using || check ? 'write' : null
}

/** Policies that let every row pass, for everybody or for a role that strangers act as. */
export function judgeAlwaysTrue({ exposedRoles, openTables }: Wanted) {
  const strangers = ['public', ...exposedRoles]
  const namesStranger = ({ roles }: SecurityPolicy): boolean =>
    roles.some((role) => role !== null && strangers.includes(role))
  return (rows: readonly Row[]): Judgement => {
    const found = toRelations(rows)
      .filter(({ isOn }) => isOn)
      .flatMap((relation) =>
        relation.policies.flatMap((policy) => {
          const opened = policy.permissive && namesStranger(policy) ? opens(policy) : null
          const isNarrowed = relation.policies.some(
            (other) => !other.permissive && covers(other, policy.command) && other.roles.includes('public'),
          )
          if (!opened || isNarrowed || (opened === 'read' && isNamed(openTables, relation))) return []
          return [{ place: relation.place, policy, opened }]
        }),
      )
    if (found.length === 0) return healthy('No policy lets strangers pass without a condition.')
    const [first] = found
    const writes = found.some(({ opened }) => opened === 'write')
    return unhealthy(
      writes ? 'CRITICAL' : 'WARNING',
      `${countOf(found.length, 'policy', 'policies')} let every row pass${writes ? ', also for writing' : ''}: ${found.map(({ place, policy }) => `${policy.name} on ${place}`).join(', ')}.`,
      {
        ...listed(
          found.map(({ place, policy, opened }) => ({
            id: `${place} ${policy.name}`,
            label: `${opened} for ${policy.roles.join(', ')}`,
            note: policy.using ?? policy.check,
          })),
        ),
        remedy: `alter policy ${first!.policy.name} on ${first!.place} using (…); or name the table in rowSecurity.openTables, if everybody may read it.`,
      },
    )
  }
}

/** Tables without row-level security that strangers may touch all the same. */
export function judgeExposed({ exposedRoles, openTables }: Wanted) {
  return (rows: readonly Row[]): Judgement => {
    const found = toRelations(rows)
      .filter((relation) => (isTable(relation) || relation.kind === 'f') && !relation.isOn)
      .flatMap((relation) => {
        const left = relation.exposures
          .map(({ role, privileges }) => ({
            role,
            privileges: privileges.filter((each) => each !== 'SELECT' || !isNamed(openTables, relation)),
          }))
          .filter(({ privileges }) => privileges.length > 0)
        return left.length > 0 ? [{ place: relation.place, left }] : []
      })
    const who = exposedRoles.length > 0 ? `PUBLIC or ${exposedRoles.join(', ')}` : 'PUBLIC'
    if (found.length === 0) return healthy(`No table is open to ${who} without row-level security.`)
    const isGrave = found.some(({ left }) =>
      left.some(({ role, privileges }) => role !== 'public' || privileges.some((each) => each !== 'SELECT')),
    )
    return unhealthy(
      isGrave ? 'CRITICAL' : 'WARNING',
      `${countOf(found.length, 'table')} can be reached by ${who} with no row-level security in between: ${found.map(({ place }) => place).join(', ')}.`,
      {
        ...listed(
          found.map(({ place, left }) => ({
            id: place,
            note: left.map(({ role, privileges }) => `${role}: ${privileges.join(', ')}`).join('; '),
          })),
        ),
        remedy: `alter table ${found[0]!.place} enable row level security; or: revoke all on ${found[0]!.place} from ${found[0]!.left.map(({ role }) => role).join(', ')};`,
      },
    )
  }
}

/** Views that strangers may read and that read past the policies of their tables. */
export function judgeViews(rows: readonly Row[]): Judgement {
  const found = toRelations(rows).filter(
    ({ bypasses, exposures }) => bypasses.length > 0 && exposures.length > 0,
  )
  if (found.length === 0) return healthy('No view leads strangers past row-level security.')
  const [first] = found
  return unhealthy(
    'CRITICAL',
    `${countOf(found.length, 'view')} lead past the row-level security of what they read: ${found.map(({ place }) => place).join(', ')}.`,
    {
      ...listed(
        found.map(({ place, bypasses, exposures }) => ({
          id: place,
          label: `reads ${bypasses.join(', ')}`,
          note: exposures.map(({ role }) => role).join(', '),
        })),
      ),
      remedy:
        first!.kind === 'v'
          ? `alter view ${first!.place} set (security_invoker = true); from PostgreSQL 15 on. Before: revoke what is granted on it.`
          : `revoke all on ${first!.place} from ${first!.exposures.map(({ role }) => role).join(', ')};`,
    },
  )
}

/** What strangers reach: `security.always-true`, `security.exposed` and `security.views`. */
export const planExposureChecks: PlanChecks = ({ policy: { rowSecurity } }) => {
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
    plan('always-true', 'Policies that let every row pass', judgeAlwaysTrue(rowSecurity)),
    plan('exposed', 'Tables open to strangers', judgeExposed(rowSecurity)),
    plan('views', 'Views that lead past row-level security', judgeViews),
  ]
}
