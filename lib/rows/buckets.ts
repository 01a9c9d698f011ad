import { columnIn } from '#lib/rows/row-sql.ts'
import { type Fragment, fragment, integer, join } from '#lib/sql/fragment.ts'
import type { Table } from '#lib/targets/types.ts'

/** A division of a table's rows into parts whose checksums are compared before any row is. */
export interface Buckets {
  count: number
  /** The number of the bucket that a row is in; the same on every server. */
  of(alias: 'l' | 's'): Fragment
  /** True for the rows of these buckets. */
  among(alias: 'l' | 's', chosen: readonly string[]): Fragment
}

const rowsPerBucket = 500
const mostBuckets = 32_768
/** So many ranges of a key are looked up in its index; more are found by reading the table once more. */
const mostRanges = 200
/** Keys with wider gaps are divided by their hash: a range would be empty or hold too much. */
const widestGaps = 64n

const bigint = (value: bigint): Fragment => ({ parts: [`(${value})`] })

/** Whole numbers that the database itself gave. */
const oneOf = (bucket: Fragment, chosen: readonly string[]): Fragment =>
  fragment`${bucket} = any (${{ parts: [`'{${chosen.map((value) => BigInt(value)).join(',')}}'::bigint[]`] }})`

/** Enough buckets for about 500 rows each; a power of two, so that a bit mask picks one. */
export function bucketCount(rows: number): number {
  let count = 1
  while (count < mostBuckets && count * rowsPerBucket < rows) count *= 2
  return count
}

/** By ranges of a whole number, so that the rows of a bucket are found by the key's index. */
function rangesOf(column: string, lowest: bigint, highest: bigint, most: number): Buckets {
  const width = (highest - lowest) / BigInt(most) + 1n
  const last = (highest - lowest) / width
  const of = (alias: 'l' | 's') =>
    fragment`least(greatest((${columnIn(alias, column)}::bigint - ${bigint(lowest)}) / ${bigint(width)}, 0), ${bigint(last)})`
  return {
    count: Number(last) + 1,
    of,
    among(alias, chosen) {
      if (chosen.length === 0) return fragment`false`
      const ranges: { from: bigint; to: bigint }[] = []
      for (const bucket of chosen.map(BigInt).sort((a, b) => (a < b ? -1 : 1))) {
        const before = ranges.at(-1)
        if (before && before.to + 1n === bucket) before.to = bucket
        else ranges.push({ from: bucket, to: bucket })
      }
      if (ranges.length > mostRanges) return oneOf(of(alias), chosen)
      const key = columnIn(alias, column)
      // The outermost buckets have what came since their ends were read.
      const within = ranges.map(({ from, to }) => {
        const above = from === 0n ? fragment`true` : fragment`${key} >= ${bigint(lowest + from * width)}`
        const below = to === last ? fragment`true` : fragment`${key} < ${bigint(lowest + (to + 1n) * width)}`
        return fragment`(${above} and ${below})`
      })
      return fragment`(${join(within, ' or ')})`
    },
  }
}

/** A 64-bit hash of one column; by its type's own function where that is cheap and the same everywhere. */
function hashOf(alias: 'l' | 's', column: string, type: string, seed: number): Fragment {
  const value = columnIn(alias, column)
  if (/^(smallint|integer|bigint)$/.test(type))
    return fragment`hashint8extended(${value}::bigint, ${integer(seed)})`
  if (type === 'uuid') return fragment`uuid_hash_extended(${value}, ${integer(seed)})`
  return fragment`hashtextextended(${value}::text collate "C", ${integer(seed)})`
}

function hashesOf(line: (alias: 'l' | 's') => Fragment, count: number): Buckets {
  const of = (alias: 'l' | 's') => fragment`(${line(alias)} & ${integer(count - 1)})`
  return {
    count,
    of,
    among: (alias, chosen) => (chosen.length === 0 ? fragment`false` : oneOf(of(alias), chosen)),
  }
}

export interface KeyEnds {
  lowest: bigint
  highest: bigint
}

/** The key's column when its ranges can be buckets: a single whole number. */
export function rangeColumn(live: Table): string | null {
  const [column, ...others] = live.key ?? []
  const type = live.columns.find(({ name }) => name === column)?.type
  return column !== undefined && others.length === 0 && /^(smallint|integer|bigint)$/.test(type ?? '')
    ? column
    : null
}

/** How to divide a table of about so many rows; `lineHash` serves where there is no key. */
export function chooseBuckets(
  live: Table,
  rows: number,
  ends: KeyEnds | null,
  lineHash: (alias: 'l' | 's') => Fragment,
): Buckets {
  const count = bucketCount(rows)
  const column = rangeColumn(live)
  if (column && ends && ends.highest - ends.lowest < widestGaps * BigInt(Math.ceil(rows)))
    return rangesOf(column, ends.lowest, ends.highest, count)
  const { key } = live
  if (!key) return hashesOf(lineHash, count)
  const typeOf = (name: string) => live.columns.find((one) => one.name === name)!.type
  return hashesOf(
    (alias) =>
      fragment`(${join(
        key.map((name, i) => hashOf(alias, name, typeOf(name), 7 + i)),
        ' # ',
      )})`,
    count,
  )
}
