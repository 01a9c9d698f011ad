import { updatable } from '#lib/rows/map-columns.ts'
import { changedBesideLive, isNewer } from '#lib/rows/measure-rows.ts'
import { columnIn, columnsIn, differs, rowsOf, sameKey } from '#lib/rows/row-sql.ts'
import { runSql } from '#lib/rows/run-sql.ts'
import { type Aside, keyText } from '#lib/rows/set-aside.ts'
import type { RowSample, RowsScope } from '#lib/rows/types.ts'
import { bind, type Fragment, fragment, integer, join, tableOf } from '#lib/sql/fragment.ts'

type Values = Record<string, string | null>

const longest = 200
const secretName = /passw|secret|token|api_?key|private_?key|salt|hash|otp|credential/i

/** The row as an object of texts, short enough to be shown; what looks like a secret is not shown at all. */
function valuesOf(alias: 'l' | 'm', columns: readonly string[]): Fragment {
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

/** A few rows of each kind, in the order of their key. */
export async function sampleRows(
  scope: RowsScope,
  aside: Aside,
  moment: Date | null,
  limit: number,
): Promise<RowSample[]> {
  const { live, columns, missing, extra } = aside
  const keyed = live.key ?? columns.slice(0, 3)
  const top = integer(limit)
  const missingRows = await runSql<{ key: string; backup: Values }>(
    scope,
    fragment`select ${keyText('m', keyed)} as key, ${valuesOf('m', columns)} as backup
      from ${tableOf(missing)} m order by ${orderBy('m', live.key)} limit ${top}`,
  )
  const samples: RowSample[] = missingRows.map((row) => ({ kind: 'missing', ...row }))
  if (!live.key) return samples

  const newer = (moment && isNewer(aside, moment, 'updated')) ?? fragment`false`
  const settable = updatable(live, columns)
  const changed = await runSql<{
    key: string
    newer: boolean
    backup: Values
    live: Values
    differ: boolean[]
  }>(
    scope,
    fragment`select ${keyText('m', live.key)} as key, ${newer} as newer, ${valuesOf('m', settable)} as backup, ${valuesOf('l', settable)} as live,
        array[${join([...settable.map((column) => differs(live, column, 'l', 'm')), fragment`false`], ', ')}] as differ
      from ${changedBesideLive(aside)} order by ${columnsIn('m', live.key)} limit ${top}`,
  )
  for (const row of changed) {
    const differing = settable.filter((_, i) => row.differ[i])
    const pick = (values: Values): Values =>
      Object.fromEntries(differing.map((column) => [column, values[column] ?? null]))
    samples.push({
      kind: row.newer ? 'newer' : 'changed',
      key: row.key,
      backup: pick(row.backup),
      live: pick(row.live),
    })
  }
  const extras = await runSql<{ key: string; live: Values }>(
    scope,
    fragment`select ${keyText('m', live.key)} as key, ${valuesOf('l', columns)} as live
      from ${tableOf(extra)} m join ${rowsOf(live)} l on ${sameKey(live, live.key, 'l', 'm')}
      order by ${columnsIn('m', live.key)} limit ${top}`,
  )
  samples.push(...extras.map((row) => ({ kind: 'extra' as const, ...row })))
  return samples
}

const orderBy = (alias: 'm', key: readonly string[] | null): Fragment =>
  key ? columnsIn(alias, key) : fragment`1`
