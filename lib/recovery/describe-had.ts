import type { CollectScope, Had } from '#lib/recovery/collect-had.ts'
import type { LockedOutRow } from '#lib/recovery/list-locked-out.ts'
import { givesRole, type Membership, organizationOf, roleOf, userOf } from '#lib/recovery/membership-rows.ts'
import type { LockedOutUser } from '#lib/recovery/types.ts'
import { runSql } from '#lib/rows/run-sql.ts'
import { columnOf, type Fragment, fragment, tableOf } from '#lib/sql/fragment.ts'
import { formatTable, type TableName } from '#lib/sql/identifier.ts'

interface Row {
  user: string
  organization: string
  organizationLabel: string | null
  role: string | null
  source: number
}

function roleText(membership: Membership, had: Had): Fragment {
  const { rule, roles } = membership
  if (!roles)
    return rule.members.role ? fragment`${columnOf('m', rule.members.role)}::text` : fragment`null::text`
  const value = (from: TableName) =>
    fragment`(select ${columnOf('r', rule.roles!.value)}::text from ${tableOf(from)} r where ${roleOf(membership, userOf(membership), organizationOf(membership))} and ${givesRole(membership)} order by 1 limit 1)`
  return fragment`coalesce(${value(had.roles!.relation)}, ${value(roles)})`
}

/** What was collected of each locked-out user, for people. */
export async function describeHad(
  { sql, job }: Pick<CollectScope, 'sql' | 'job'>,
  membership: Membership,
  had: Had,
  people: readonly LockedOutRow[],
): Promise<LockedOutUser[]> {
  const { rule, organizations, roles } = membership
  const label =
    organizations && rule.organizations?.label
      ? fragment`(select ${columnOf('o', rule.organizations.label)}::text from ${tableOf(organizations)} o where ${columnOf('o', rule.organizations.key)}::text = ${organizationOf(membership)})`
      : fragment`null::text`
  const rows = [
    ...(await runSql<Row>(
      { sql, signal: job.signal },
      fragment`select ${userOf(membership)} as user, ${organizationOf(membership)} as organization, ${label} as "organizationLabel", ${roleText(membership, had)} as role, m.holdfast_source as source
        from ${tableOf(had.members.relation)} m order by 1, 2`,
    )),
  ]
  const roleRows = had.roles
    ? await runSql<Row>(
        { sql, signal: job.signal },
        fragment`select ${columnOf('r', rule.roles!.user)}::text as user,
          ${rule.roles!.organization ? fragment`${columnOf('r', rule.roles!.organization)}::text` : fragment`''`} as organization, null as "organizationLabel",
          ${columnOf('r', rule.roles!.value)}::text as role, r.holdfast_source as source
          from ${tableOf(had.roles.relation)} r order by 1, 2`,
      )
    : []
  return people.map((person) => ({
    ...person,
    had: (person.reason === 'without-role' ? roleRows : rows)
      .filter((row) => row.user === person.user)
      .map(({ organization, organizationLabel, role, source }) => ({
        relation: formatTable(person.reason === 'without-role' ? roles! : membership.members),
        organization,
        organizationLabel,
        role,
        source: had.sources[source]!,
      })),
  }))
}
