import type postgres from 'postgres'
import type { Destruction } from '#lib/deployments/types.ts'
import { formatTable, parseTable, quoteIdentifier, quoteTable, sameTable } from '#lib/sql/identifier.ts'
import type { Table } from '#lib/targets/types.ts'

export interface MeasuredDestruction {
  destruction: Destruction
  /** Rows (table, truncate, delete) or non-null values (column) that exist now; null where it cannot be known before it runs. */
  destroyed: number | null
  sentence: string
}

/** A migration's unquoted names are folded by PostgreSQL and looked up in public when they carry no schema. */
function findTable(tables: readonly Table[], text: string | null): Table | null {
  const name = text === null ? null : parseTable(text)
  return name ? (tables.find((table) => sameTable(table, name)) ?? null) : null
}

const count = async (sql: postgres.TransactionSql, text: string): Promise<number> =>
  Number((await sql.unsafe<{ n: string }[]>(text))[0]!.n)

const plural = (n: number, one: string, many: string): string =>
  `${n.toLocaleString('en-US')} ${n === 1 ? one : many}`

/**
 * What each destruction takes away from the live database now, counted exactly in one read-only snapshot.
 * A filtered DELETE or UPDATE, and a change of type, are left to the rehearsal, which sees their real effect.
 */
export async function measureBlastRadius(
  sql: postgres.Sql,
  tables: readonly Table[],
  destructions: readonly Destruction[],
): Promise<MeasuredDestruction[]> {
  return sql.begin('isolation level repeatable read read only', async (transaction) => {
    const measured: MeasuredDestruction[] = []
    for (const destruction of destructions) measured.push(await measure(transaction, tables, destruction))
    return measured
  })
}

async function measure(
  sql: postgres.TransactionSql,
  tables: readonly Table[],
  destruction: Destruction,
): Promise<MeasuredDestruction> {
  const table = findTable(tables, destruction.table)
  const rehearsed = (what: string): MeasuredDestruction => ({
    destruction,
    destroyed: null,
    sentence: `${what}: the rehearsal shows its effect.`,
  })
  if (destruction.kind === 'drop-schema') {
    const inside = tables.filter((candidate) => candidate.schema === destruction.schema)
    let rows = 0
    for (const each of inside) rows += await count(sql, `select count(*) as n from only ${quoteTable(each)}`)
    return {
      destruction,
      destroyed: rows,
      sentence: `Drops schema ${destruction.schema} with ${plural(inside.length, 'table', 'tables')}: destroys ${plural(rows, 'row', 'rows')}.`,
    }
  }
  if (destruction.kind === 'drop-other')
    return { destruction, destroyed: 0, sentence: 'Drops an object that holds no rows.' }
  if (!table) {
    return {
      destruction,
      destroyed: 0,
      sentence: `${destruction.table ?? 'The object'} does not exist in the live database.`,
    }
  }
  const name = formatTable(table)
  if (destruction.kind === 'drop-column' && destruction.column !== null) {
    if (!table.columns.some((column) => column.name === destruction.column)) {
      return { destruction, destroyed: 0, sentence: `${name} has no column ${destruction.column}.` }
    }
    const values = await count(
      sql,
      `select count(${quoteIdentifier(destruction.column)}) as n from ${quoteTable(table)}`,
    )
    return {
      destruction,
      destroyed: values,
      sentence: `Drops ${name}.${destruction.column}: destroys ${plural(values, 'non-null value', 'non-null values')}.`,
    }
  }
  if (
    destruction.kind === 'drop-table' ||
    destruction.kind === 'truncate' ||
    (destruction.kind === 'delete' && !destruction.filtered)
  ) {
    const rows = await count(sql, `select count(*) as n from ${quoteTable(table)}`)
    const verb = { 'drop-table': 'Drops', truncate: 'Truncates', delete: 'Deletes all of' }[destruction.kind]
    return {
      destruction,
      destroyed: rows,
      sentence: `${verb} ${name}: destroys ${plural(rows, 'row', 'rows')}.`,
    }
  }
  if (destruction.kind === 'delete') return rehearsed(`Deletes some rows of ${name}`)
  if (destruction.kind === 'update')
    return rehearsed(`Overwrites ${destruction.filtered ? 'some' : 'all'} rows of ${name}`)
  return rehearsed(`Changes the type of ${name}.${destruction.column ?? ''}`)
}
