import { countOf } from '#lib/format/format-count.ts'
import { healthy, samplesOf, unhealthy } from '#lib/health/judgement.ts'
import { atLeisure, planCheck } from '#lib/health/plan-check.ts'
import type { HealthSeverity, Judgement, PlanChecks, Row } from '#lib/health/types.ts'
import { columnOf, type Fragment, fragment, join, operatorOf, tableOf } from '#lib/sql/fragment.ts'
import { formatTable, quoteIdentifier, quoteTable, sameTable, type TableName } from '#lib/sql/identifier.ts'
import { pickTables } from '#lib/targets/introspect.ts'
import { conditionsSql } from '#lib/targets/membership-sql.ts'
import { type Conditions, type Policy, policyTable, protectedTables } from '#lib/targets/policy.ts'
import type { Table } from '#lib/targets/types.ts'

interface Reference {
  table: Table
  columns: string[]
  references: Table
  referencedColumns: string[]
  where: Conditions
  /** A row that refers to nothing is an orphan too. */
  required?: boolean
  /** The operators of a declared key; without them values are compared as their types do, or as text. */
  equals?: readonly TableName[]
}

/** Rows whose reference leads nowhere. Compared as text where the types differ; nulls refer to nothing, which may be allowed. */
export function orphansSql(reference: Reference): Fragment {
  const { table, columns, references, referencedColumns, where, required = false, equals } = reference
  const typeIn = (of: Table, column: string) => of.columns.find((each) => each.name === column)?.type
  const pairs = columns.map((column, index) => {
    const referenced = referencedColumns[index]!
    const [from, to] = [columnOf('t', column), columnOf('r', referenced)]
    const declared = equals?.[index]
    if (declared) return fragment`${to} ${operatorOf(declared)} ${from}`
    return typeIn(table, column) === typeIn(references, referenced)
      ? fragment`${from} = ${to}`
      : fragment`${from}::text = ${to}::text`
  })
  const given = columns.map((column) => fragment`${columnOf('t', column)} is not null`)
  const key = table.key ?? columns
  const id = join(
    key.map((column) => fragment`${columnOf('t', column)}::text`),
    ` || ',' || `,
  )
  const value = join(
    columns.map((column) => fragment`coalesce(${columnOf('t', column)}::text, 'nothing')`),
    ` || ',' || `,
  )
  const isGiven = join(given, ' and ')
  const isLost = fragment`${isGiven} and not exists (select from ${tableOf(references)} r where ${join(pairs, ' and ')})`
  return fragment`with orphans as (
  select ${id} as id, ${value} as value
  from ${tableOf(table)} t
  where ${conditionsSql(table, 't', where)} and (${required ? fragment`not (${isGiven}) or ` : fragment``}${isLost})
)
select (select count(*) from orphans) as affected,
  (select jsonb_agg(jsonb_build_object('id', s.id, 'note', s.value)) from (select * from orphans order by id limit 20) s) as samples`
}

export function judgeOrphans(
  table: TableName,
  references: TableName,
  severity: HealthSeverity,
  required = false,
) {
  return (rows: readonly Row[]): Judgement => {
    const affected = Number(rows[0]?.affected ?? 0)
    if (affected === 0)
      return healthy(`Every row of ${formatTable(table)} finds its ${formatTable(references)}.`)
    return unhealthy(
      severity,
      `${countOf(affected, 'row')} of ${formatTable(table)} refer to ${required ? `no ${formatTable(references)}, or to one` : `a ${formatTable(references)}`} that does not exist.`,
      {
        affected,
        samples: samplesOf(rows[0]),
        remedy: `Restore the lost rows of ${formatTable(references)}, or remove the references that are wrong.`,
      },
    )
  }
}

type Wanted = Omit<Reference, 'table' | 'references'> & {
  table: TableName
  references: TableName
  severity: HealthSeverity
}

/** The references of the policy; of a declared key, one says what else the policy asks of it. */
const namedReferences = (policy: Policy, tables: readonly Table[]): Wanted[] =>
  policy.references.map((entry) => {
    const [table, references] = [policyTable(entry.table), policyTable(entry.references)]
    const declared = tables
      .find((each) => sameTable(each, table))
      ?.foreignKeys.find(
        (key) =>
          sameTable(key.references, references) &&
          key.columns.join() === entry.columns.join() &&
          key.referencedColumns.join() === entry.referencedColumns.join(),
      )
    const { columns, referencedColumns, where, required } = entry
    const equals = declared ? { equals: declared.equals } : {}
    return { table, references, columns, referencedColumns, where, required, ...equals, severity: 'CRITICAL' }
  })

/** Declared keys of protected tables, which somebody may have got past; and any that PostgreSQL never validated. */
const declaredReferences = (policy: Policy, tables: readonly Table[]): Wanted[] =>
  tables
    .flatMap((table) => table.foreignKeys.map((key) => ({ key, table })))
    .filter(
      ({ key, table }) =>
        key.equals.length > 0 &&
        (!key.validated ||
          (table.kind !== 'partition' && protectedTables(policy).some((each) => sameTable(each, table)))),
    )
    .map(({ key, table }) => ({
      table,
      references: key.references,
      columns: key.columns,
      referencedColumns: key.referencedColumns,
      equals: key.equals,
      where: {},
      required: false,
      severity: key.validated ? 'EMERGENCY' : 'CRITICAL',
    }))

/**
 * `references.orphans:<table>.<columns>` for each reference of the policy, each declared foreign key of a protected table
 * (somebody may have got past it with its triggers off), and each one anywhere that is not validated.
 */
export const planReferenceChecks: PlanChecks = ({ policy, tables, targetName }) => {
  const named = namedReferences(policy, tables)
  const declared = declaredReferences(policy, tables).filter(
    (key) =>
      !named.some(
        (entry) => sameTable(entry.table, key.table) && entry.columns.join() === key.columns.join(),
      ),
  )
  return [...named, ...declared].map((entry) => {
    const name = `${formatTable(entry.table)}.${entry.columns.join(',')}`
    return planCheck(
      {
        check: `references.orphans:${name}`,
        area: 'references',
        title: `${name} → ${formatTable(entry.references)}`,
      },
      targetName,
      () => {
        const [table, references] = pickTables(tables, [entry.table, entry.references])
        return {
          collect: orphansSql({ ...entry, table: table!, references: references! }),
          judge: judgeOrphans(table!, references!, entry.severity, entry.required),
          ...atLeisure(table!, references!),
          whenSlow: `Let it find its rows by an index, on both sides: create index concurrently on ${quoteTable(table!)} (${entry.columns.map(quoteIdentifier).join(', ')}); or narrow it in the policy with “where”.`,
        }
      },
    )
  })
}
