import type postgres from 'postgres'
import { AppError } from '#lib/errors.ts'
import { changedRows, timeColumn } from '#lib/restores/changed-rows.ts'
import { bringAll, chooseTables } from '#lib/restores/compare-source.ts'
import type { LostTable } from '#lib/restores/copies/select-rows.ts'
import type { RestoreRequest } from '#lib/restores/input.ts'
import { pathText } from '#lib/restores/organization-paths.ts'
import { openOrganization } from '#lib/restores/organization-rows.ts'
import type { OpenSource } from '#lib/restores/types.ts'
import { pickedRows } from '#lib/rows/picked-rows.ts'
import type { RowsPair } from '#lib/rows/types.ts'
import { fragment, join } from '#lib/sql/fragment.ts'
import { formatTable, parseTable, sameTable, type TableName } from '#lib/sql/identifier.ts'
import type { Policy } from '#lib/targets/policy.ts'
import type { Table } from '#lib/targets/types.ts'

type Only = NonNullable<RowsPair['only']>

/** What a request is about, ready to be compared. */
export interface ChosenRows {
  pairs: RowsPair[]
  tables: Table[]
  /** Tables of the source that live lost: only a copy can take their rows. */
  lost: LostTable[]
  /** What stays out and why, a sentence each. */
  leftOut: string[]
  /** How a table's rows were chosen, by its name. */
  notes: ReadonlyMap<string, string[]>
}

const refused = (code: string, message: string, hint: string) =>
  new AppError(code, message, { kind: 'refused', hint })

const listed = (tables: readonly TableName[]): string => tables.map(formatTable).join(', ')

/** The tables that a request names, itself or by the rows that were picked. Empty: every table of the source. */
export function namedTables({ tables, picked }: Pick<RestoreRequest, 'tables' | 'picked'>): string[] {
  if (picked.length === 0) return tables
  const names = picked.map(({ table }) => formatTable(parseTable(table)!))
  const isNamed = (text: string) => names.includes(formatTable(parseTable(text)!))
  const without = tables.filter((text) => !isNamed(text))
  if (without.length > 0)
    throw refused(
      'nothing-picked',
      `Rows are picked one by one, but none of ${without.join(', ')}.`,
      'Leave these tables out, or pick rows of them too.',
    )
  return [...new Set(names)]
}

/** Gives each pair the columns that a person says were renamed. Throws AppError `table-not-found`. */
function mapNames(pairs: readonly RowsPair[], renamed: RestoreRequest['renamed']): RowsPair[] {
  const maps = Object.entries(renamed).map(([text, columns]) => ({ table: parseTable(text)!, columns }))
  const strange = maps.filter(({ table }) => !pairs.some(({ live }) => sameTable(live, table)))
  if (strange.length > 0)
    throw new AppError(
      'table-not-found',
      `Columns of ${listed(strange.map(({ table }) => table))} are mapped, but no row of it takes part.`,
      { kind: 'not-found', hint: 'Spell it as the catalog does: --map public.orders.column=old' },
    )
  return pairs.map((pair) => {
    const map = maps.find(({ table }) => sameTable(table, pair.live))
    return map ? { ...pair, renamed: map.columns } : pair
  })
}

interface Filter {
  /** Null: its rows cannot be told, so the table has to stay out. */
  of(table: Table): Promise<{ only: Only; note?: string } | null>
  /** Why tables have to stay out, as the end of `public.a, public.b: …`. */
  lacking: { code: string; why: string; hint: string }
}

async function listFilters(
  session: postgres.Sql,
  request: RestoreRequest,
  source: OpenSource,
  live: readonly Table[],
  policy: Policy,
): Promise<Filter[]> {
  const filters: Filter[] = []
  const { organization, changed, picked } = request
  if (organization) {
    const filter = await openOrganization(session, organization, policy, live, (table) =>
      source.bring(session, table, { whole: true }),
    )
    const { paths } = filter
    filters.push({
      async of(table) {
        const only = await filter.conditionOf(table)
        return (
          only && { only, note: `Of this organisation by ${pathText(paths.pathOf(table)!, paths.anchor)}.` }
        )
      },
      lacking: {
        code: 'no-way-to-organization',
        why: `no reference leads from there to ${formatTable(paths.anchor.table)}, so nobody can tell whose rows they are`,
        hint: 'Leave them out, or declare the reference in the policy (references).',
      },
    })
  }
  if (changed && (changed.since || changed.until))
    filters.push({
      async of(table) {
        const column = timeColumn(table)
        return column && { only: changedRows(column, changed), note: `Of this time by ${column.name}.` }
      },
      lacking: {
        code: 'no-time-column',
        why: 'no column tells when a row was made or changed',
        hint: 'Leave them out, or drop the filter by time.',
      },
    })
  if (picked.length > 0)
    filters.push({
      async of(table) {
        const keys = picked
          .filter((one) => sameTable(parseTable(one.table)!, table))
          .flatMap((one) => one.keys)
        return { only: pickedRows(table, keys) }
      },
      lacking: { code: 'no-key', why: 'without a key', hint: 'Take the whole table.' },
    })
  return filters
}

/** A table that is gone has no columns to be brought for: all that the source has of it comes. */
async function bringLost(
  session: postgres.Sql,
  source: OpenSource,
  names: readonly TableName[],
): Promise<LostTable[]> {
  const lost: LostTable[] = []
  for (const { schema, name } of names) {
    const table: Table = {
      schema,
      name,
      kind: 'table',
      columns: [],
      key: null,
      keyKind: null,
      foreignKeys: [],
      sequences: [],
      estimatedRows: -1,
      sizeBytes: 0,
      rowSecurity: false,
    }
    const rows = await source.bring(session, table, { whole: true })
    if (rows && rows.columns.length > 0) lost.push({ table, source: rows })
  }
  return lost
}

/**
 * Everything that a request chooses of a source: its tables, with the rows of each that the filters let through. Where a
 * filter cannot tell a table's rows, a table that was named is refused and any other stays out, with a sentence. Brings rows
 * into temporary tables of the session and writes nothing else.
 */
export async function chooseRows(
  session: postgres.Sql,
  source: OpenSource,
  request: RestoreRequest,
  { live, policy, names }: { live: readonly Table[]; policy: Policy; names: readonly string[] },
): Promise<ChosenRows> {
  // A journal tells of a row by the columns of its table.
  const mayBeLost = request.into === 'copy' && !source.kept
  const chosen = chooseTables(live, source, names, mayBeLost)
  const filters = await listFilters(session, request, source, live, policy)
  const notes = new Map<string, string[]>()
  const only = new Map<string, Only[]>()
  const leftOut: string[] = []
  const lost = mayBeLost && filters.length === 0 ? await bringLost(session, source, chosen.lost) : []
  for (const name of chosen.lost.filter((one) => !lost.some(({ table }) => sameTable(table, one))))
    leftOut.push(
      `${formatTable(name)} is in ${source.label}, but there is no such table any more: its rows stay out.`,
    )
  let { tables } = chosen
  for (const filter of filters) {
    const lacking: Table[] = []
    for (const table of tables) {
      const found = await filter.of(table)
      if (!found) {
        lacking.push(table)
        continue
      }
      const name = formatTable(table)
      only.set(name, [...(only.get(name) ?? []), found.only])
      if (found.note) notes.set(name, [...(notes.get(name) ?? []), found.note])
    }
    const { code, why, hint } = filter.lacking
    tables = tables.filter((table) => !lacking.includes(table))
    if (lacking.length > 0 && (names.length > 0 || tables.length === 0))
      throw refused(code, `${listed(lacking)}: ${why}.`, hint)
    if (lacking.length > 0)
      leftOut.push(`${listed(lacking)} stay${lacking.length === 1 ? 's' : ''} out: ${why}.`)
  }
  // A copy of all that the source has cannot do without the rows that live has just so.
  const whole = request.organization !== null || (request.into === 'copy' && request.rows === 'all')
  const pairs = await bringAll(session, source, tables, { whole })
  return {
    pairs: mapNames(pairs, request.renamed).map((mapped) => {
      const pair = { ...mapped, beside: request.into === 'copy' }
      const conditions = only.get(formatTable(pair.live)) ?? []
      if (conditions.length === 0) return pair
      return {
        ...pair,
        only: (alias) =>
          join(
            conditions.map((each) => fragment`(${each(alias)})`),
            ' and ',
          ),
      }
    }),
    tables,
    lost,
    leftOut,
    notes,
  }
}
