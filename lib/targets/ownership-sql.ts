import { bind, columnOf, type Fragment, fragment, integer, join, tableOf } from '#lib/sql/fragment.ts'
import { pickTables } from '#lib/targets/introspect.ts'
import { conditionsSql, effectiveState, membershipCtes, rolesHeldCte } from '#lib/targets/membership-sql.ts'
import { type MembershipRule, policyTable } from '#lib/targets/policy.ts'
import type { Table } from '#lib/targets/types.ts'

/** An owner whose membership ends sooner than this is about to leave. */
export const leavingDays = 14

export const organizationFindings = ['ownerless', 'owner-leaving', 'duplicate-membership'] as const
export type OrganizationFinding = (typeof organizationFindings)[number]

/** What a rule has to say for a finding to be looked for. */
export const findingApplies = (rule: MembershipRule, finding: OrganizationFinding): boolean => {
  const knowsOwners = rule.owners.length > 0 && (rule.roles !== undefined || rule.members.role !== undefined)
  if (finding === 'duplicate-membership') return true
  if (finding === 'ownerless') return knowsOwners
  return knowsOwners && rule.members.expiresAt !== undefined
}

/** `organizations`: the living ones, or those that members name where the rule says nothing of them. */
function organizationsCte(rule: MembershipRule, tables: readonly Table[]): Fragment {
  if (!rule.organizations)
    return fragment`, organizations as (select distinct organization_key, null::text as label from members)`
  const organizations = pickTables(tables, [policyTable(rule.organizations.table)])[0]!
  const label = rule.organizations.label
    ? fragment`${columnOf('o', rule.organizations.label)}::text`
    : fragment`null::text`
  return fragment`, organizations as (
  select ${columnOf('o', rule.organizations.key)}::text as organization_key, ${label} as label
  from ${tableOf(organizations)} o where ${conditionsSql(organizations, 'o', rule.organizations.living)}
)`
}

/** `owners`: each living user who owns an organisation now, and until when; null for ever. */
function ownersCte(rule: MembershipRule, tables: readonly Table[]): Fragment {
  const held = rolesHeldCte(rule, tables)
  if (!held || rule.owners.length === 0) throw new Error(`the rule ${rule.name} says nothing of owners`)
  const names = join(
    rule.owners.map((owner) => bind(String(owner))),
    ', ',
  )
  return fragment`${held}, owners as (
  select h.organization_key, h.user_key, max(coalesce(h.ends, 'infinity')) as ends
  from roles_held h join users u using (user_key) where h.role in (${names}) group by 1, 2
)`
}

const peopled: Fragment = fragment`, peopled as (
  select distinct m.organization_key from members m join users u using (user_key) where m.state = ${integer(effectiveState)}
)`

/** What is wrong with an organisation: the rows `id`, `label` and `note`, after the expressions that they need. */
function foundSql(rule: MembershipRule, tables: readonly Table[], finding: OrganizationFinding): Fragment {
  const begin = fragment`${membershipCtes(rule, tables)}${organizationsCte(rule, tables)}`
  if (finding === 'ownerless')
    return fragment`${begin}${peopled}${ownersCte(rule, tables)}, found as (
  select o.organization_key as id, o.label, null::text as note from organizations o join peopled using (organization_key)
  where not exists (select from owners w where w.organization_key = o.organization_key)
)`
  if (finding === 'owner-leaving')
    return fragment`${begin}${ownersCte(rule, tables)}, found as (
  select o.organization_key as id, o.label,
    concat(string_agg(coalesce(u.label, u.user_key), ', ' order by w.ends desc), ' until ', to_char(max(w.ends) at time zone 'UTC', 'YYYY-MM-DD HH24:MI'), ' UTC') as note
  from organizations o join owners w using (organization_key) join users u using (user_key)
  group by o.organization_key, o.label having max(w.ends) <= now() + make_interval(days => ${integer(leavingDays)})
)`
  return fragment`${begin}, found as (
  select m.user_key || ' in ' || m.organization_key as id, u.label,
    concat(count(*)::text, ' memberships in ', coalesce(o.label, o.organization_key)) as note
  from members m join users u using (user_key) join organizations o using (organization_key)
  where m.state = ${integer(effectiveState)} group by m.user_key, m.organization_key, u.label, o.label, o.organization_key
  having count(*) > 1
)`
}

/** Counts the living organisations, and those with this finding, with samples. */
export function organizationFindingSql(
  rule: MembershipRule,
  tables: readonly Table[],
  finding: OrganizationFinding,
  samples = 20,
): Fragment {
  return fragment`${foundSql(rule, tables, finding)}
select (select count(*) from organizations)::int as total, (select count(*) from found)::int as affected,
  (select jsonb_agg(jsonb_build_object('id', f.id, 'label', concat_ws(': ', f.label, f.note)))
   from (select * from found order by label, id limit ${integer(samples)}) f) as samples`
}
