import { countOf } from '#lib/format/format-count.ts'
import { healthy, samplesOf, unhealthy } from '#lib/health/judgement.ts'
import { planCheck } from '#lib/health/plan-check.ts'
import type { HealthSeverity, Judgement, PlanChecks, Row } from '#lib/health/types.ts'
import { columnOf, type Fragment, fragment, join, tableOf } from '#lib/sql/fragment.ts'
import { formatTable, sameTable, type TableName } from '#lib/sql/identifier.ts'
import { pickTables } from '#lib/targets/introspect.ts'
import { conditionsSql } from '#lib/targets/membership-sql.ts'
import { type Conditions, policyTable, protectedTables } from '#lib/targets/policy.ts'
import type { Table } from '#lib/targets/types.ts'

interface Reference {
  table: Table
  columns: string[]
  references: Table
  referencedColumns: string[]
  where: Conditions
  /** A row that refers to nothing is an orphan too. */
  required?: boolean
}

/** Rows whose reference leads nowhere. Compared as text where the types differ; nulls refer to nothing, which may be allowed. */
export function orphansSql(reference: Reference): Fragment {
  const { table, columns, references, referencedColumns, where, required = false } = reference
  const typeIn = (of: Table, column: string) => of.columns.find((each) => each.name === column)?.type
  const pairs = columns.map((column, index) => {
    const referenced = referencedColumns[index]!
    const [from, to] = [columnOf('t', column), columnOf('r', referenced)]
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

/**
 * `references.orphans:<table>.<columns>` for each reference of the policy and each declared foreign key of a
 * protected table: a declared one may be not validated, or bypassed by disabled triggers.
 */
export const planReferenceChecks: PlanChecks = ({ policy, tables, targetName }) => {
  const isProtected = (table: TableName) => protectedTables(policy).some((each) => sameTable(each, table))
  const undeclared = policy.references.map((entry) => ({
    ...entry,
    table: policyTable(entry.table),
    references: policyTable(entry.references),
    severity: 'CRITICAL' as const,
  }))
  const declared = tables
    .filter((table) => isProtected(table) && table.kind !== 'partition')
    .flatMap((table) =>
      table.foreignKeys.map((key) => ({
        ...key,
        table,
        where: {},
        required: false,
        severity: 'EMERGENCY' as const,
      })),
    )
    .filter(
      (key) =>
        !undeclared.some(
          (entry) => sameTable(entry.table, key.table) && entry.columns.join() === key.columns.join(),
        ),
    )
  return [...undeclared, ...declared].map((entry) => {
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
        }
      },
    )
  })
}
