import type postgres from 'postgres'
import { AppError } from '#lib/errors.ts'
import {
  type Anchor,
  findOrganizationPaths,
  type Hop,
  type OrganizationPaths,
} from '#lib/restores/organization-paths.ts'
import { columnIn, columnList, rowsOf } from '#lib/rows/row-sql.ts'
import { runSql } from '#lib/rows/run-sql.ts'
import type { RowsPair, RowsSource } from '#lib/rows/types.ts'
import { bind, type Fragment, fragment, join, name, tableOf, typeOf } from '#lib/sql/fragment.ts'
import { formatTable } from '#lib/sql/identifier.ts'
import type { Conditions, Policy } from '#lib/targets/policy.ts'
import type { Table } from '#lib/targets/types.ts'

type Only = NonNullable<RowsPair['only']>

const plainTypes = /^(smallint|integer|bigint|uuid|text|character varying)(\(|$)/

const typeIn = (table: Table, column: string): string =>
  table.columns.find((candidate) => candidate.name === column)?.type ?? 'text'

const isNamed = (alias: 'l' | 's' | null, column: string): Fragment =>
  alias ? columnIn(alias, column) : name(column)

function meets(alias: 'l' | 's' | null, conditions: Conditions): Fragment {
  const parts = Object.entries(conditions).map(([column, wanted]) => {
    const values = Array.isArray(wanted) ? wanted : [wanted]
    const mine = fragment`${isNamed(alias, column)}::text`
    const options = values.map((value) =>
      value === null ? fragment`${mine} is null` : fragment`${mine} = ${bind(String(value))}`,
    )
    return fragment` and coalesce(${join(options, ' or ')}, false)`
  })
  return join(parts, '')
}

/** Where the tables on the way are read: live, or the source with what live has just so. */
type ReadRows = (table: Table) => Fragment

function isOf(alias: 'l' | 's' | null, { table, column }: Anchor, key: string): Fragment {
  const type = typeIn(table, column)
  const mine = isNamed(alias, column)
  return plainTypes.test(type)
    ? fragment`${mine} = ${bind(key)}::${typeOf(type)}`
    : fragment`${mine}::text = ${bind(key)}`
}

/** True for the rows at the start of the way that lead to the organisation. */
function leadsTo(
  alias: 'l' | 's' | null,
  hops: readonly Hop[],
  anchor: Anchor,
  key: string,
  read: ReadRows,
): Fragment {
  const [hop, ...others] = hops
  if (!hop) return isOf(alias, anchor, key)
  // The organisation's own row is not needed, and may be the one that is gone.
  if (others.length === 0 && hop.referencedColumns.join() === anchor.column) {
    const here = { table: hop.child, column: hop.columns[0]! }
    return fragment`(${isOf(alias, here, key)}${meets(alias, hop.where)})`
  }
  const pairs = hop.columns.map((column, i) => {
    const other = hop.referencedColumns[i]!
    const [mine, theirs] = [isNamed(alias, column), name(other)]
    const isSame = typeIn(hop.child, column) === typeIn(hop.parent, other)
    return isSame ? [mine, theirs] : [fragment`${mine}::text`, fragment`${theirs}::text`]
  })
  const side = (i: 0 | 1) =>
    join(
      pairs.map((pair) => pair[i]!),
      ', ',
    )
  return fragment`((${side(0)}) in (select ${side(1)} from ${read(hop.parent)} where ${leadsTo(null, others, anchor, key, read)})${meets(alias, hop.where)})`
}

/** A source's rows of a table on the way: where it holds only what differs, the rest is as in live. */
function wholeRows(table: Table, source: RowsSource, columns: readonly string[]): Fragment {
  const theirs = tableOf(source.relation)
  if (!source.within) return fragment`${theirs} t`
  const list = columnList(columns)
  const key = table.key
    ? join(
        table.key.map((column) => fragment`t.${name(column)} = r.${name(column)}`),
        ' and ',
      )
    : fragment`false`
  return fragment`(select ${list} from ${theirs} r union all select ${list} from ${rowsOf(table)} t where not exists (select from ${theirs} r where ${key})) u`
}

export interface OrganizationFilter {
  paths: OrganizationPaths
  /** Null for a table from which no reference leads to the organisation. */
  conditionOf(table: Table): Promise<Only | null>
}

/**
 * Which rows belong to one organisation, on both sides: in live over the live rows, in the source over the source's own
 * where it has the tables on the way. Throws AppError `organization-not-found` when neither side knows it.
 */
export async function openOrganization(
  session: postgres.Sql,
  wanted: { membership: string | null; key: string },
  policy: Policy,
  live: readonly Table[],
  bring: (table: Table) => Promise<RowsSource | null>,
): Promise<OrganizationFilter> {
  const paths = findOrganizationPaths(live, policy, wanted.membership)
  const brought = new Map<string, RowsSource | null>()
  const sourceOf = async (table: Table) => {
    const known = formatTable(table)
    if (!brought.has(known)) brought.set(known, await bring(table))
    return brought.get(known)!
  }
  const readLive: ReadRows = (table) => rowsOf(table)
  await assertKnown(session, paths, wanted.key, await sourceOf(paths.anchor.table))
  return {
    paths,
    async conditionOf(table) {
      const hops = paths.pathOf(table)
      if (!hops) return null
      for (const hop of hops.slice(0, -1)) await sourceOf(hop.parent)
      if (hops.length > 0) await sourceOf(hops.at(-1)!.parent)
      const readSource: ReadRows = (parent) => {
        const source = brought.get(formatTable(parent))
        const columns = parent.columns.map((column) => column.name)
        const has = columns.filter((column) => source?.columns.some((one) => one.name === column))
        return source ? wholeRows(parent, source, has) : rowsOf(parent)
      }
      return (alias) => leadsTo(alias, hops, paths.anchor, wanted.key, alias === 's' ? readSource : readLive)
    },
  }
}

async function assertKnown(
  session: postgres.Sql,
  { anchor }: OrganizationPaths,
  key: string,
  source: RowsSource | null,
): Promise<void> {
  const isHere = isOf(null, anchor, key)
  const there = source
    ? fragment` or exists (select from ${tableOf(source.relation)} where ${isHere})`
    : fragment``
  const unknown = (cause?: unknown) =>
    new AppError(
      'organization-not-found',
      `No organisation has the key “${key}” in ${formatTable(anchor.table)}.${anchor.column}, neither in live nor in the source.`,
      { kind: 'not-found', hint: 'Give the key as it is in the table.', cause },
    )
  const [row] = await runSql<{ known: boolean }>(
    { sql: session },
    fragment`select exists (select from ${rowsOf(anchor.table)} where ${isHere})${there} as known`,
  ).catch((error) => {
    // A text that the key's type cannot be.
    if (/^22/.test(String((error as { code?: unknown }).code))) throw unknown(error)
    throw error
  })
  if (!row!.known) throw unknown()
}
