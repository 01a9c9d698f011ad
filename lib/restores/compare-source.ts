import type postgres from 'postgres'
import { AppError } from '#lib/errors.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import type { OpenSource } from '#lib/restores/types.ts'
import { compareRows } from '#lib/rows/compare-rows.ts'
import type { RowsMode, RowsPair, RowsPlan } from '#lib/rows/types.ts'
import { formatTable, parseTable, sameTable, type TableName } from '#lib/sql/identifier.ts'
import type { Table } from '#lib/targets/types.ts'

export interface ChosenTables {
  tables: Table[]
  /** Tables that the source has and live lost. */
  lost: TableName[]
}

/**
 * The tables that a request is about. Throws AppError `table-not-found` for a named one that is not live (for a copy it need
 * not be), and `table-not-in-source` for one that the source does not have.
 */
export function chooseTables(
  live: readonly Table[],
  source: OpenSource,
  wanted: readonly string[],
  mayBeLost = false,
): ChosenTables {
  const isLive = (name: TableName) => live.find((table) => sameTable(table, name))
  const inSource = (name: TableName) => source.tables.some((table) => sameTable(table, name))
  if (wanted.length === 0) {
    return {
      tables: source.tables.flatMap((name) => isLive(name) ?? []),
      lost: source.tables.filter((name) => !isLive(name)),
    }
  }
  const names = [
    ...new Map(wanted.map((text) => [formatTable(parseTable(text)!), parseTable(text)!])).values(),
  ]
  const refuse = (code: string, which: TableName[], where: string, hint: string) => {
    if (which.length === 0) return
    throw new AppError(code, `${which.map(formatTable).join(', ')}: no such table ${where}.`, {
      kind: 'not-found',
      hint,
    })
  }
  refuse(
    'table-not-found',
    names.filter((name) => !isLive(name) && !(mayBeLost && inSource(name))),
    'in the target',
    'Spell names as the catalog does, quoted where needed; a view cannot be restored.',
  )
  refuse(
    'table-not-in-source',
    names.filter((name) => !inSource(name)),
    `in ${source.label}`,
    `It has: ${source.tables.map(formatTable).slice(0, 20).join(', ')}`,
  )
  return {
    tables: names.flatMap((name) => isLive(name) ?? []),
    lost: names.filter((name) => !isLive(name)),
  }
}

export interface Comparison {
  mode: RowsMode
  chosen: readonly Table[]
  live: readonly Table[]
  samples?: number
  /** Into tables of their own: nothing of live is in the way. */
  beside?: boolean
}

/** Makes the rows of the chosen tables readable beside the live ones. */
export async function bringAll(
  session: postgres.Sql,
  source: OpenSource,
  chosen: readonly Table[],
  options: { whole?: boolean } = {},
): Promise<RowsPair[]> {
  const pairs: RowsPair[] = []
  for (const live of chosen) {
    const rows = await source.bring(session, live, options)
    if (rows) pairs.push({ live, source: rows })
  }
  return pairs
}

/** Compares in the caller's transaction; tables that the rows refer to are brought as they are needed. */
export function compareSource(
  transaction: postgres.TransactionSql,
  job: JobScope,
  source: OpenSource,
  pairs: readonly RowsPair[],
  { mode, live, samples = 0, beside = false }: Omit<Comparison, 'chosen'>,
): Promise<RowsPlan> {
  const bring = async (name: TableName): Promise<RowsPair | null> => {
    const table = live.find((one) => sameTable(one, name))
    const rows = table ? await source.bring(transaction, table) : null
    return table && rows ? { live: table, source: rows, beside } : null
  }
  return compareRows({ sql: transaction, signal: job.signal }, pairs, {
    mode,
    tables: live,
    // A journal knows for each row when it was touched.
    moment: source.kept ? null : source.moment,
    samples,
    beside,
    findPair: bring,
    onProgress: (done) => job.progress(done),
  })
}

/** What an approval is bound to: the source, and every value that would be written over which live values. */
export const bindingOf = (source: unknown, plan: RowsPlan): unknown => ({
  source,
  mode: plan.mode,
  tables: plan.tables
    .map(({ live, missing, changed, extra }) => ({
      table: formatTable(live),
      missing: [missing.rows, missing.checksum],
      ...(plan.mode === 'missing' ? {} : { changed: [changed.rows, changed.checksum] }),
      ...(plan.mode === 'all' ? { extra: [extra.rows, extra.checksum] } : {}),
    }))
    .filter((table) => Object.values(table).some((set) => Array.isArray(set) && set[0] !== 0))
    .sort((a, b) => (a.table < b.table ? -1 : 1)),
})
