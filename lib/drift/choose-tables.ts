import type { BothSides, ComparisonRequest, Found, TablePair } from '#lib/drift/types.ts'
import { AppError } from '#lib/errors.ts'
import { formatTable, parseTable, sameTable, type TableName } from '#lib/sql/identifier.ts'
import { listTables } from '#lib/targets/introspect.ts'
import type { Table } from '#lib/targets/types.ts'

export interface ChosenPairs {
  pairs: TablePair[]
  uncompared: Found['uncompared']
  /** Every table of each side. */
  masterTables: Table[]
  targetTables: Table[]
}

/** The master's name of a table that is named as the target does. */
export function masterNameOf(names: Record<string, string>, table: TableName): TableName {
  const [, there] =
    Object.entries(names).find(([here]) => sameTable(parseTable(here)!, table)) ?? ([] as string[])
  return there ? parseTable(there)! : { schema: table.schema, name: table.name }
}

function findIn(tables: readonly Table[], name: TableName, where: string): Table {
  const found = tables.find((table) => sameTable(table, name))
  if (found) return found
  throw new AppError('table-not-found', `${formatTable(name)}: no such table in ${where}.`, {
    kind: 'not-found',
    hint: 'Spell names as the catalog does, quoted where needed; a view cannot be compared. Where the master has another name for it, say so.',
  })
}

/**
 * The tables to compare, each with its other. Throws AppError `table-not-found` where one of those asked for is not on
 * both sides, and `no-common-tables` where none was asked for and there is none: nothing compared is no agreement.
 */
export async function chooseTables(
  { master, target }: BothSides,
  { tables, names }: ComparisonRequest,
): Promise<ChosenPairs> {
  const masterTables = await listTables(master.sql)
  const targetTables = await listTables(target.sql)
  const none = { onlyMaster: [], onlyTarget: [], withoutKey: [] }
  const all = { masterTables, targetTables }
  if (tables.length > 0) {
    const wanted = [...new Set(tables.map((text) => formatTable(parseTable(text)!)))]
    const pairs = wanted.map((table) => ({
      table,
      target: findIn(targetTables, parseTable(table)!, target.session.target.name),
      master: findIn(masterTables, masterNameOf(names, parseTable(table)!), master.session.target.name),
    }))
    return { ...all, pairs, uncompared: none }
  }
  const whole = (list: Table[]) => list.filter(({ kind }) => kind !== 'partition')
  const common = whole(targetTables).flatMap((here): TablePair[] => {
    const there = whole(masterTables).find((table) => sameTable(table, masterNameOf(names, here)))
    return there ? [{ table: formatTable(here), master: there, target: here }] : []
  })
  const pairs = common.filter((pair) => pair.master.key && pair.target.key)
  if (pairs.length === 0)
    throw new AppError(
      'no-common-tables',
      `${master.session.target.name} and ${target.session.target.name} have no table of the same name with a key.`,
      { kind: 'refused', hint: 'Name the tables: --tables schema.table,…' },
    )
  return {
    ...all,
    pairs,
    uncompared: {
      onlyMaster: whole(masterTables)
        .filter((table) => !common.some((pair) => pair.master === table))
        .map(formatTable),
      onlyTarget: whole(targetTables)
        .filter((table) => !common.some((pair) => pair.target === table))
        .map(formatTable),
      withoutKey: common.filter((pair) => !pairs.includes(pair)).map(({ table }) => table),
    },
  }
}
