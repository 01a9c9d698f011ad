import type postgres from 'postgres'
import { fragment, integer } from '#lib/sql/fragment.ts'
import { formatTable, sameTable } from '#lib/sql/identifier.ts'
import { effectiveState, membershipCtes, rolesHeldCte } from '#lib/targets/membership-sql.ts'
import { type MembershipRule, type PolicyInput, policySchema } from '#lib/targets/policy.ts'
import { askOne, sampleHits, sampleValues } from '#lib/targets/sample-target.ts'
import {
  findExpiry,
  findLabel,
  findRole,
  findStart,
  guessLiving,
  isAccountTable,
  isOrganizationTable,
  isUserTable,
  slugOf,
  soundsLikeMembership,
} from '#lib/targets/schema-words.ts'
import type { Edge } from '#lib/targets/suggest-references.ts'
import type { Table } from '#lib/targets/types.ts'

type Suggested = NonNullable<PolicyInput['memberships']>[number]

/** A rule by which fewer users than this may work is a wrong guess rather than a catastrophe. */
const plausibleShare = 0.5

const typeColumn = /^(.*_)?(type|kind)$/i
/** Most telling first. */
const memberWords = [/member/i, /belongs?_to/i, /employ|works?_(at|for|in)/i]
const endColumn = /(_id|_uuid|_key|_ref)$/i
const fieldColumn = /^(field|attribute|property|key)(_name|_key)?$/i
const valueColumn = /^(field_|attribute_|property_)?value(_text)?$/i

/** Memberships guessed from shape and names, kept only where the data bear them out. */
export async function suggestMemberships(
  sql: postgres.Sql,
  tables: readonly Table[],
  edges: readonly Edge[],
): Promise<Suggested[]> {
  const candidates = [...listJoinTables(tables, edges), ...(await listTypedLinks(sql, tables))]
  const kept: Suggested[] = []
  for (const candidate of candidates) {
    if (kept.some(({ name }) => name === candidate.name)) continue
    if (!(await isPlausible(sql, candidate, tables))) continue
    const owners = await findOwners(sql, candidate, tables)
    kept.push(owners.length > 0 ? { ...candidate, owners } : candidate)
  }
  return kept
}

const usersOf = (table: Table, key: string): Suggested['users'] => ({
  table: formatTable(table),
  key,
  ...optional('label', findLabel(table)),
  living: guessLiving(table),
})

const organizationsOf = (table: Table, key: string): NonNullable<Suggested['organizations']> => ({
  table: formatTable(table),
  key,
  ...optional('label', findLabel(table)),
  living: guessLiving(table),
})

const timesOf = (table: Table) => ({
  active: guessLiving(table),
  ...optional('startsAt', findStart(table)),
  ...optional('expiresAt', findExpiry(table)),
})

function optional<K extends string>(key: K, value: string | undefined): Partial<Record<K, string>> {
  return value === undefined ? {} : ({ [key]: value } as Record<K, string>)
}

/** Tables that hold a user and an organisation side by side; a user table with an organisation counts as one. */
function listJoinTables(tables: readonly Table[], edges: readonly Edge[]): Suggested[] {
  return tables.flatMap((table): Suggested[] => {
    const ends = edges.filter((edge) => sameTable(edge.from, table))
    const organization = ends.find((edge) => isOrganizationTable(edge.to) && !sameTable(edge.to, table))
    if (!organization) return []
    const user = ends.find(
      (edge) => edge !== organization && isUserTable(edge.to) && !sameTable(edge.to, table),
    )
    const organizations = organizationsOf(organization.to, organization.key)
    if (user && (soundsLikeMembership(table) || isKeyedBy(table, [user.column, organization.column]))) {
      return [
        {
          name: slugOf(table.name),
          users: usersOf(user.to, user.key),
          organizations,
          members: {
            table: formatTable(table),
            user: user.column,
            organization: organization.column,
            ...timesOf(table),
            ...optional('role', findRole(table)),
          },
        },
      ]
    }
    if (!user && isUserTable(table) && table.key?.length === 1) {
      return [
        {
          name: slugOf(table.name),
          users: usersOf(table, table.key[0]!),
          organizations,
          members: {
            table: formatTable(table),
            user: table.key[0]!,
            organization: organization.column,
            ...optional('role', findRole(table)),
          },
        },
      ]
    }
    return []
  })
}

const isKeyedBy = (table: Table, columns: string[]): boolean =>
  table.key?.length === 2 && table.key.every((column) => columns.includes(column))

/** Tables of typed links between anything and anything: one of the types says "member", and its ends hit users. */
async function listTypedLinks(sql: postgres.Sql, tables: readonly Table[]): Promise<Suggested[]> {
  const users = tables
    .filter((table) => isUserTable(table) && table.key?.length === 1)
    .sort((a, b) => Number(isAccountTable(b)) - Number(isAccountTable(a)))
  const organizations = tables.filter((table) => isOrganizationTable(table) && table.key?.length === 1)
  const found: Suggested[] = []
  for (const table of tables) {
    const type = table.columns.find(({ name }) => typeColumn.test(name))?.name
    const ends = table.columns.map(({ name }) => name).filter((name) => endColumn.test(name))
    if (!type || ends.length < 2) continue
    const values = await sampleValues(sql, table, type)
    const value = memberWords.map((word) => values.find((each) => word.test(each))).find((each) => each)
    if (!value) continue
    const only = { column: type, value }
    const user = await findHit(sql, table, ends, users, only)
    const organization = await findHit(sql, table, ends, organizations, only)
    if (!user || !organization || user.column === organization.column) continue
    const roles = await findFieldRoles(sql, tables, user.to)
    found.push({
      name: slugOf(value),
      users: usersOf(user.to, user.to.key![0]!),
      organizations: organizationsOf(organization.to, organization.to.key![0]!),
      members: {
        table: formatTable(table),
        user: user.column,
        organization: organization.column,
        where: { [type]: value },
        ...timesOf(table),
        ...optional('role', findRole(table)),
      },
      ...(roles ? { roles } : {}),
    })
  }
  return found
}

async function findHit(
  sql: postgres.Sql,
  table: Table,
  columns: readonly string[],
  referenced: readonly Table[],
  only: { column: string; value: string },
): Promise<{ column: string; to: Table } | null> {
  for (const column of columns) {
    for (const to of referenced) {
      const { values, hits } = await sampleHits(sql, table, column, to, to.key![0]!, only)
      if (values > 0 && hits / values >= plausibleShare) return { column, to }
    }
  }
  return null
}

/** Where roles are kept as a field named "role" of the user in a table of names and values. */
async function findFieldRoles(
  sql: postgres.Sql,
  tables: readonly Table[],
  users: Table,
): Promise<Suggested['roles'] | null> {
  for (const table of tables) {
    const field = table.columns.find(({ name }) => fieldColumn.test(name))?.name
    const value = table.columns.find(({ name }) => valueColumn.test(name))?.name
    if (!field || !value) continue
    const wanted = (await sampleValues(sql, table, field)).find((each) => /^(user_?)?role$/i.test(each))
    if (!wanted) continue
    const ends = table.columns.map(({ name }) => name).filter((name) => endColumn.test(name))
    const hit = await findHit(sql, table, ends, [users], { column: field, value: wanted })
    if (!hit) continue
    const organization = ends.find((name) => /^(organi[sz]ation|org|tenant|team|company)_/i.test(name))
    return {
      table: formatTable(table),
      user: hit.column,
      ...optional('organization', organization),
      where: { [field]: wanted },
      value,
    }
  }
  return null
}

/** The roles in use whose name says that they own an organisation. */
async function findOwners(
  sql: postgres.Sql,
  candidate: Suggested,
  tables: readonly Table[],
): Promise<string[]> {
  const rule: MembershipRule = policySchema.parse({ memberships: [candidate] }).memberships[0]!
  const held = rolesHeldCte(rule, tables)
  if (!held) return []
  const found = await askOne<{ owners: string[] | null }>(
    sql,
    fragment`${membershipCtes(rule, tables)}${held}
select array_agg(distinct h.role order by h.role) as owners from roles_held h where h.role ~* '(^|[^a-z])owner$'`,
  )
  return (found?.owners ?? []).slice(0, 5)
}

/** Whether, by this rule, most living users may work right now. */
async function isPlausible(
  sql: postgres.Sql,
  candidate: Suggested,
  tables: readonly Table[],
): Promise<boolean> {
  const rule: MembershipRule = policySchema.parse({ memberships: [candidate] }).memberships[0]!
  const counts = await askOne<{ living: number; effective: number }>(
    sql,
    fragment`${membershipCtes(rule, tables)}
select count(*)::int as living, count(*) filter (where b.state = ${integer(effectiveState)})::int as effective
from users u left join best b using (user_key)`,
  )
  return counts !== null && counts.living > 0 && counts.effective / counts.living >= plausibleShare
}
