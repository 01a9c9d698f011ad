import type postgres from 'postgres'
import { applyRows, lockTables, type WrittenRows } from '#lib/rows/apply-rows.ts'
import { compareRows } from '#lib/rows/compare-rows.ts'
import { proveRows } from '#lib/rows/prove-rows.ts'
import { readColumns, stageRows } from '#lib/rows/stage-rows.ts'
import type { RowsMode, RowsPair, RowsPlan, TableComparison } from '#lib/rows/types.ts'
import { quoteColumns, quoteIdentifier, quoteTable } from '#lib/sql/identifier.ts'
import { listTables } from '#lib/targets/introspect.ts'
import { connectToUrl } from '#lib/targets/open-target.ts'
import type { Table } from '#lib/targets/types.ts'
import { createTestDatabase } from '#lib/testing/test-db.ts'

type Session = postgres.Sql | postgres.TransactionSql

export interface RowsOptions {
  /** By name; all when left out. */
  tables?: string[]
  renamed?: RowsPair['renamed']
  only?: (table: Table) => RowsPair['only']
  samples?: number
  /** Between the plan and the writes, in the writing session. */
  meanwhile?: (plan: RowsPlan) => Promise<void>
}

const isKept = (table: Table): boolean => table.schema !== 'source' && table.kind !== 'partition'

/** Copies every table of the application to the schema `source`, as a snapshot does. */
export async function keepAll(sql: Session): Promise<void> {
  await sql.unsafe('drop schema if exists source cascade; create schema source')
  for (const table of (await listTables(sql)).filter(isKept)) {
    const columns = table.columns.filter((column) => column.generated !== 'stored').map(({ name }) => name)
    const from = `${table.kind === 'partitioned' ? '' : 'only '}${quoteTable(table)}`
    await sql.unsafe(
      `create table source.${quoteIdentifier(table.name)} as select ${quoteColumns(columns)} from ${from}`,
    )
  }
}

/** The live tables beside their copies in `source`, or beside rows staged from a database that had the same. */
export async function pairAll(
  sql: postgres.TransactionSql,
  { tables, renamed, only }: RowsOptions,
  from: Session | null = null,
): Promise<{ live: Table[]; pairs: RowsPair[] }> {
  const live = (await listTables(sql)).filter(isKept)
  const there = from ? (await listTables(from)).filter(isKept) : []
  const pairs: RowsPair[] = []
  for (const table of live.filter((one) => !tables || tables.includes(one.name))) {
    const relation = { schema: 'source', name: table.name }
    const theirs = there.find((one) => one.name === table.name)
    const columns = from ? [] : await readColumns(sql, relation)
    if (from ? !theirs : columns.length === 0) continue
    const source = from ? (await stageRows(from, sql, table, theirs!)).source : { relation, columns }
    pairs.push({ live: table, source, renamed, only: only?.(table) })
  }
  return { live, pairs }
}

/** A database to play the target, whose tables can be kept, edited and put back by the engine alone. */
export async function createRowsStage(script: string) {
  const made = await createTestDatabase(script)
  const session = connectToUrl(made.url, 'restore', { purpose: 'test' })
  const run = (mode: RowsMode, options: RowsOptions = {}, from: Session | null = null) =>
    session.begin(async (sql): Promise<{ plan: RowsPlan; written: WrittenRows }> => {
      const scope = { sql }
      const { live, pairs } = await pairAll(sql, options, from)
      await lockTables(
        scope,
        pairs.map((pair) => pair.live),
      )
      const plan = await compareRows(scope, pairs, {
        mode,
        tables: live,
        moment: null,
        samples: options.samples ?? 3,
      })
      await options.meanwhile?.(plan)
      const written = await applyRows(scope, plan)
      for (const proof of await proveRows(scope, plan))
        if (proof.absent + proof.remaining > 0) throw new Error(`not proven: ${JSON.stringify(proof)}`)
      return { plan, written }
    }) as Promise<{ plan: RowsPlan; written: WrittenRows }>
  return {
    ...made,
    /** As a restore has it. */
    session,
    run,
    keep: () => keepAll(made.sql),
    end: () => session.end(),
    lines: async (relation: string): Promise<string[]> => {
      const rows = await made.sql.unsafe<{ line: string }[]>(
        `select t::text as line from ${relation} t order by 1`,
      )
      return rows.map(({ line }) => line)
    },
  }
}

export const comparisonOf = (plan: RowsPlan, name: string): TableComparison =>
  plan.tables.find(({ live }) => live.name === name)!
