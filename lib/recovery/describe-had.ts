import type { Had, HadRows } from '#lib/recovery/had-tables.ts'
import type { LockedOutRow, Reading } from '#lib/recovery/list-locked-out.ts'
import {
  endOf,
  givingRoles,
  letsInAt,
  type Membership,
  now,
  organizationOf,
  roleIn,
  userOf,
} from '#lib/recovery/membership-rows.ts'
import type { LockedOutUser, Removal } from '#lib/recovery/types.ts'
import { runSql } from '#lib/rows/run-sql.ts'
import { columnOf, type Fragment, fragment, tableOf } from '#lib/sql/fragment.ts'
import { formatTable } from '#lib/sql/identifier.ts'

interface Row {
  user: string
  organization: string
  organizationLabel: string | null
  role: string | null
  expiresAt: Date | null
  source: number
  at: Date
  gone: Date | null
  removal: Removal | null
  operation: string | null
}

/** The role of a membership that was found: the one found with it, else the one that live gives, else its own. */
function roleOfMember(membership: Membership, { members, roles }: Had): Fragment {
  const giver = givingRoles(membership)
  if (!giver || !roles) return roleIn(members.giver)
  const inPlace = giver.organization
    ? fragment` and ${organizationOf(giver)} = m.holdfast_organization`
    : fragment``
  const first = (from: Fragment, where: Fragment) =>
    fragment`(select min(${roleIn(giver)}) from ${from} r where ${userOf(giver)} = m.holdfast_user${inPlace} and ${where})`
  return fragment`coalesce(${first(tableOf(roles.relation), fragment`r.holdfast_removal is null`)}, ${first(tableOf(giver.live), letsInAt(giver, now))})`
}

async function readRows(
  scope: Reading,
  membership: Membership,
  { giver, relation }: HadRows,
  role: Fragment,
): Promise<Map<string, Row[]>> {
  const { organizations, rule } = membership
  const label =
    organizations && rule.organizations?.label
      ? fragment`(select ${columnOf('o', rule.organizations.label)}::text from ${tableOf(organizations)} o where ${columnOf('o', rule.organizations.key)}::text = ${giver.alias === 'm' ? fragment`m` : fragment`r`}.holdfast_organization limit 1)`
      : fragment`null::text`
  const rows = await runSql<Row>(
    scope,
    fragment`select holdfast_user as user, holdfast_organization as organization, ${label} as "organizationLabel", ${role} as role,
        case when isfinite(${endOf(giver)}) then ${endOf(giver)} end as "expiresAt", holdfast_source as source, holdfast_at as at,
        holdfast_gone as gone, holdfast_removal as removal, holdfast_operation as operation
      from ${tableOf(relation)} ${giver.alias === 'm' ? fragment`m` : fragment`r`} order by 1, 2`,
  )
  const byUser = new Map<string, Row[]>()
  for (const row of rows) {
    const kept = byUser.get(row.user)
    if (kept) kept.push(row)
    else byUser.set(row.user, [row])
  }
  return byUser
}

/** What was collected of each locked-out user, for people. */
export async function describeHad(
  scope: Reading,
  membership: Membership,
  had: Had,
  people: readonly LockedOutRow[],
): Promise<LockedOutUser[]> {
  const { members, roles } = had
  const memberships = await readRows(scope, membership, members, roleOfMember(membership, had))
  const held = roles
    ? await readRows(scope, membership, roles, roleIn(roles.giver))
    : new Map<string, Row[]>()
  return people.map((person) => {
    const isRoleless = person.reason === 'without-role'
    const giver = isRoleless && roles ? roles.giver : members.giver
    const rows = ((isRoleless && roles ? held : memberships).get(person.user) ?? []).map((row) => ({
      removal: row.removal,
      operationId: row.operation,
      former: {
        relation: formatTable(giver.live),
        organization: row.organization,
        organizationLabel: row.organizationLabel,
        role: row.role,
        expiresAt: row.expiresAt?.toISOString() ?? null,
        source: had.sources[row.source]!,
        seenAt: row.at.toISOString(),
        goneAt: row.gone?.toISOString() ?? null,
      },
    }))
    return {
      ...person,
      had: rows.flatMap(({ removal, former }) => (removal === null ? [former] : [])),
      removed: rows.flatMap(({ removal, operationId, former }) =>
        removal === null ? [] : [{ ...former, removal, operationId }],
      ),
    }
  })
}
