import { formatTable, sameTable, type TableName } from '#lib/sql/identifier.ts'
import { findNearest } from '#lib/targets/nearest-name.ts'
import { type Conditions, type Policy, policyTable } from '#lib/targets/policy.ts'
import type { Relation, RelationKind, Table } from '#lib/targets/types.ts'

/** One thing that a policy names and the database does not have. */
export interface PolicyProblem {
  /** Where in the document: `memberships[0].members.expiresAt`. */
  path: string
  message: string
}

interface Mention {
  path: string
  table: string
  columns: string[]
}

const conditionColumns = (conditions: Conditions): string[] => Object.keys(conditions)
const present = (...columns: (string | undefined)[]): string[] =>
  columns.filter((column) => column !== undefined)

/** Every table with the columns of it that the document names. */
function listMentions(policy: Policy): Mention[] {
  const mentions: Mention[] = []
  policy.protectedTables.forEach(({ table, updates }, index) => {
    mentions.push({ path: `protectedTables[${index}]`, table, columns: updates?.columns ?? [] })
  })
  policy.memberships.forEach(({ users, organizations, members, roles }, index) => {
    const path = `memberships[${index}]`
    mentions.push({
      path: `${path}.users`,
      table: users.table,
      columns: present(users.key, users.label, ...conditionColumns(users.living)),
    })
    if (organizations) {
      mentions.push({
        path: `${path}.organizations`,
        table: organizations.table,
        columns: present(organizations.key, organizations.label, ...conditionColumns(organizations.living)),
      })
    }
    mentions.push({
      path: `${path}.members`,
      table: members.table,
      columns: present(
        members.user,
        members.organization,
        members.expiresAt,
        members.startsAt,
        members.role,
        ...conditionColumns(members.where),
        ...conditionColumns(members.active),
      ),
    })
    if (roles) {
      mentions.push({
        path: `${path}.roles`,
        table: roles.table,
        columns: present(roles.user, roles.organization, roles.value, ...conditionColumns(roles.where)),
      })
    }
  })
  policy.rowCounts.forEach(({ table }, index) => {
    mentions.push({ path: `rowCounts[${index}]`, table, columns: [] })
  })
  policy.references.forEach((reference, index) => {
    const path = `references[${index}]`
    mentions.push({
      path,
      table: reference.table,
      columns: [...reference.columns, ...conditionColumns(reference.where)],
    })
    mentions.push({
      path: `${path}.references`,
      table: reference.references,
      columns: reference.referencedColumns,
    })
  })
  policy.mirrors.forEach(({ tables }, index) => {
    for (const table of tables) mentions.push({ path: `mirrors[${index}].tables`, table, columns: [] })
  })
  policy.codePatterns.forEach(({ table, column }, index) => {
    mentions.push({ path: `codePatterns[${index}]`, table, columns: [column] })
  })
  for (const list of ['tables', 'openTables'] as const)
    for (const table of policy.rowSecurity[list])
      mentions.push({ path: `rowSecurity.${list}`, table, columns: [] })
  return mentions
}

const kindNames: Record<RelationKind, string> = {
  table: 'a table',
  partitioned: 'a partitioned table',
  partition: 'a partition',
  view: 'a view',
  'materialized-view': 'a materialized view',
  'foreign-table': 'a foreign table',
  sequence: 'a sequence',
}

const suggestion = (wanted: string, known: readonly string[]): string => {
  const nearest = findNearest(wanted, known)
  return nearest.length > 0 ? ` Did you mean ${nearest.join(' or ')}?` : ''
}

function describeMissingTable(
  wanted: TableName,
  tables: readonly Table[],
  relations: readonly Relation[],
): string {
  const found = relations.find((relation) => sameTable(relation, wanted))
  if (found) {
    return `${formatTable(wanted)} is ${kindNames[found.kind]}, not a table; name the table behind it.`
  }
  const elsewhere = tables.filter((table) => table.name === wanted.name).map(formatTable)
  if (elsewhere.length > 0)
    return `There is no table ${formatTable(wanted)}. Did you mean ${elsewhere.join(' or ')}?`
  return `There is no table ${formatTable(wanted)}.${suggestion(formatTable(wanted), tables.map(formatTable))}`
}

/** What the document names that the live schema does not have, each with the nearest names that exist. Pure. */
export function findPolicyProblems(
  policy: Policy,
  tables: readonly Table[],
  relations: readonly Relation[],
): PolicyProblem[] {
  const problems: PolicyProblem[] = []
  for (const { path, table: text, columns } of listMentions(policy)) {
    const wanted = policyTable(text)
    const table = tables.find((candidate) => sameTable(candidate, wanted))
    if (!table) {
      problems.push({ path, message: describeMissingTable(wanted, tables, relations) })
      continue
    }
    const known = table.columns.map((column) => column.name)
    for (const column of new Set(columns)) {
      if (known.includes(column)) continue
      problems.push({
        path,
        message: `${formatTable(wanted)} has no column “${column}”.${suggestion(column, known)}`,
      })
    }
  }
  policy.references.forEach(({ columns, referencedColumns }, index) => {
    if (columns.length !== referencedColumns.length) {
      problems.push({
        path: `references[${index}]`,
        message: 'columns and referencedColumns differ in number.',
      })
    }
  })
  return problems
}

/** All problems as one text, the first ten spelled out. */
export function formatProblems(problems: readonly PolicyProblem[]): string {
  const lines = problems.slice(0, 10).map(({ path, message }) => `${path}: ${message}`)
  if (problems.length > 10) lines.push(`… and ${problems.length - 10} more.`)
  return `The policy does not fit the database. ${lines.join(' ')}`
}
