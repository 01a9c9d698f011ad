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

interface Found {
  rows: HadRows
  /** What it is joined with, and from that the role as text. */
  joins: Fragment
  role: Fragment
}

/** The role of a membership that was found: the one found with it, else the one that live gives, else its own. */
function memberships(membership: Membership, { members, roles }: Had): Found {
  const giver = givingRoles(membership)
  if (!giver || !roles) return { rows: members, joins: fragment``, role: roleIn(members.giver) }
  // Joined, not looked up row by row: ten thousand people are found in a second then.
  const inPlace = (one: Fragment) =>
    fragment`${one}.holder = m.holdfast_user${giver.organization ? fragment` and ${one}.place = m.holdfast_organization` : fragment``}`
  const of = (from: Fragment, where: Fragment) =>
    fragment`(select ${userOf(giver)} as holder, ${organizationOf(giver)} as place, min(${roleIn(giver)}) as role from ${from} r where ${where} group by 1, 2)`
  return {
    rows: members,
    joins: fragment` left join ${of(tableOf(roles.relation), fragment`r.holdfast_removal is null`)} a on ${inPlace(fragment`a`)}
        left join ${of(tableOf(giver.live), letsInAt(giver, now))} b on ${inPlace(fragment`b`)}`,
    role: fragment`coalesce(a.role, b.role)`,
  }
}

async function readRows(
  scope: Reading,
  { organizations, rule }: Membership,
  { rows: { giver, relation }, joins, role }: Found,
): Promise<Map<string, Row[]>> {
  const alias = giver.alias === 'm' ? fragment`m` : fragment`r`
  const labelled =
    organizations && rule.organizations?.label
      ? {
          label: fragment`o.label`,
          join: fragment` left join (select ${columnOf('o', rule.organizations.key)}::text as key, min(${columnOf('o', rule.organizations.label)}::text) as label from ${tableOf(organizations)} o group by 1) o on o.key = ${alias}.holdfast_organization`,
        }
      : { label: fragment`null::text`, join: fragment`` }
  const rows = await runSql<Row>(
    scope,
    fragment`select ${alias}.holdfast_user as user, ${alias}.holdfast_organization as organization, ${labelled.label} as "organizationLabel", ${role} as role,
        case when isfinite(${endOf(giver)}) then ${endOf(giver)} end as "expiresAt", ${alias}.holdfast_source as source, ${alias}.holdfast_at as at,
        ${alias}.holdfast_gone as gone, ${alias}.holdfast_removal as removal, ${alias}.holdfast_operation as operation
      from ${tableOf(relation)} ${alias}${joins}${labelled.join} order by 1, 2`,
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
  const belonged = await readRows(scope, membership, memberships(membership, had))
  const held = roles
    ? await readRows(scope, membership, { rows: roles, joins: fragment``, role: roleIn(roles.giver) })
    : new Map<string, Row[]>()
  return people.map((person) => {
    const isRoleless = person.reason === 'without-role'
    const giver = isRoleless && roles ? roles.giver : members.giver
    const rows = ((isRoleless && roles ? held : belonged).get(person.user) ?? []).map((row) => ({
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
