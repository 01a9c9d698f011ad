import { updatable } from '#lib/rows/map-columns.ts'
import { changedBesideLive, isNewer } from '#lib/rows/measure-rows.ts'
import { columnIn, columnsIn, differs, rowsOf, sameKey } from '#lib/rows/row-sql.ts'
import { runSql } from '#lib/rows/run-sql.ts'
import { type Aside, keyText } from '#lib/rows/set-aside.ts'
import type { RowSample, RowsMode, RowsScope } from '#lib/rows/types.ts'
import { bind, type Fragment, fragment, integer, join, tableOf } from '#lib/sql/fragment.ts'

type Values = Record<string, string | null>

const longest = 200
const secretName = /passw|secret|token|api_?key|private_?key|salt|hash|otp|credential/i

/** The row as an object of texts, short enough to be shown; what looks like a secret is not shown at all. */
export function valuesOf(alias: 'l' | 'm', columns: readonly string[]): Fragment {
  // jsonb_build_object takes at most 100 arguments.
  const chunks: string[][] = []
  for (let i = 0; i < columns.length; i += 40) chunks.push(columns.slice(i, i + 40))
  const objects = chunks.map((chunk) => {
    const pairs = chunk.map((column) => {
      const text = fragment`${columnIn(alias, column)}::text`
      const shown = secretName.test(column)
        ? fragment`case when ${text} is null then null else '(not shown)' end`
        : fragment`case when length(${text}) > ${integer(longest)} then left(${text}, ${integer(longest)}) || '…' else ${text} end`
      return fragment`${bind(column)}, ${shown}`
    })
    return fragment`jsonb_build_object(${join(pairs, ', ')})`
  })
  return objects.length === 0 ? fragment`'{}'::jsonb` : join(objects, ' || ')
}

/** What pickedRows takes; null without a key. */
const keyValuesOf = (alias: 'm', key: readonly string[] | null): Fragment =>
  key
    ? fragment`array[${join(
        key.map((column) => fragment`${columnIn(alias, column)}::text`),
        ', ',
      )}]`
    : fragment`null::text[]`

/** A few rows of each kind, in the order of their key. */
export async function sampleRows(
  scope: RowsScope,
  aside: Aside,
  moment: Date | null,
  limit: number,
  mode: RowsMode,
): Promise<RowSample[]> {
  const { live, columns, missing, extra, kept } = aside
  const keyed = live.key ?? columns.slice(0, 3)
  const top = integer(limit)
  const missingRows = await runSql<{ key: string; keyValues: string[] | null; backup: Values }>(
    scope,
    fragment`select ${keyText('m', keyed)} as key, ${keyValuesOf('m', live.key)} as "keyValues", ${valuesOf('m', columns)} as backup
      from ${tableOf(missing)} m order by ${orderBy('m', live.key)} limit ${top}`,
  )
  const samples: RowSample[] = missingRows.map(({ keyValues, ...row }) => ({
    kind: 'missing',
    ...row,
    ...(keyValues ? { keyValues } : {}),
  }))
  if (!live.key) return samples

  const newer = (!kept && moment && isNewer(aside, moment, 'updated')) || fragment`false`
  samples.push(...(await sampleBesideLive(scope, aside, changedBesideLive(aside), newer, top)))
  if (kept && mode !== 'all') {
    const keptRows = fragment`${tableOf(kept)} m join ${rowsOf(live)} l on ${sameKey(live, live.key, 'l', 'm')}`
    samples.push(...(await sampleBesideLive(scope, aside, keptRows, fragment`true`, top)))
  }
  const extras = await runSql<{ key: string; keyValues: string[]; live: Values }>(
    scope,
    fragment`select ${keyText('m', live.key)} as key, ${keyValuesOf('m', live.key)} as "keyValues", ${valuesOf('l', columns)} as live
      from ${tableOf(extra)} m join ${rowsOf(live)} l on ${sameKey(live, live.key, 'l', 'm')}
      order by ${columnsIn('m', live.key)} limit ${top}`,
  )
  samples.push(...extras.map((row) => ({ kind: 'extra' as const, ...row })))
  return samples
}

/** Rows of a set beside their live ones, with the values that differ. */
async function sampleBesideLive(
  scope: RowsScope,
  { live, columns }: Aside,
  from: Fragment,
  newer: Fragment,
  top: Fragment,
): Promise<RowSample[]> {
  const key = live.key!
  const settable = updatable(live, columns)
  const changed = await runSql<{
    key: string
    keyValues: string[]
    newer: boolean
    backup: Values
    live: Values
    differ: boolean[]
  }>(
    scope,
    fragment`select ${keyText('m', key)} as key, ${keyValuesOf('m', key)} as "keyValues", ${newer} as newer, ${valuesOf('m', settable)} as backup, ${valuesOf('l', settable)} as live,
        array[${join([...settable.map((column) => differs(live, column, 'l', 'm')), fragment`false`], ', ')}] as differ
      from ${from} order by ${columnsIn('m', key)} limit ${top}`,
  )
  return changed.map((row) => {
    const differing = settable.filter((_, i) => row.differ[i])
    const pick = (values: Values): Values =>
      Object.fromEntries(differing.map((column) => [column, values[column] ?? null]))
    return {
      kind: row.newer ? 'newer' : 'changed',
      key: row.key,
      keyValues: row.keyValues,
      backup: pick(row.backup),
      live: pick(row.live),
    }
  })
}

const orderBy = (alias: 'm', key: readonly string[] | null): Fragment =>
  key ? columnsIn(alias, key) : fragment`1`
