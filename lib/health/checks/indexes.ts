import { formatBytes } from '#lib/format/format-bytes.ts'
import { countOf, formatCount } from '#lib/format/format-count.ts'
import { healthy, unhealthy } from '#lib/health/judgement.ts'
import { loadFragment } from '#lib/health/load-fragment.ts'
import type { Judgement, PlanChecks, Row } from '#lib/health/types.ts'

const invalidSql = loadFragment(new URL('../sql/invalid-indexes.sql', import.meta.url))
const duplicateSql = loadFragment(new URL('../sql/duplicate-indexes.sql', import.meta.url))
const unusedSql = loadFragment(new URL('../sql/unused-indexes.sql', import.meta.url))
const unindexedSql = loadFragment(new URL('../sql/unindexed-references.sql', import.meta.url))

/** Statistics younger than this say nothing about an index that a monthly report uses. */
const enoughDays = 31

const bytesOf = (rows: readonly Row[]): number => rows.reduce((sum, row) => sum + Number(row.bytes), 0)

export function judgeInvalidIndexes(rows: readonly Row[]): Judgement {
  if (rows.length === 0) return healthy('Every index is valid.')
  return unhealthy(
    'WARNING',
    `${countOf(rows.length, 'index', 'indexes')} ${rows.length === 1 ? 'is' : 'are'} invalid: a concurrent build failed. They cost every write and help no query.`,
    {
      affected: rows.length,
      samples: rows.slice(0, 20).map((row) => ({ id: String(row.name), note: String(row.place) })),
      remedy: `reindex index concurrently ${rows[0]!.name};`,
    },
  )
}

export function judgeDuplicateIndexes(rows: readonly Row[]): Judgement {
  if (rows.length === 0) return healthy('No index is needless beside another one.')
  const first = rows.find(({ same }) => same) ?? rows[0]!
  // A longer index does the work of a shorter one, a little slower: that is a matter of taste.
  return unhealthy(
    rows.some(({ same }) => same) ? 'WARNING' : 'INFO',
    `${countOf(rows.length, 'index', 'indexes')} with ${formatBytes(bytesOf(rows))} ${rows.length === 1 ? 'is' : 'are'} needless: ${first.name} ${first.same ? 'says the same as' : 'is the beginning of'} ${first.other}.`,
    {
      affected: rows.length,
      measured: bytesOf(rows),
      samples: rows.slice(0, 20).map((row) => ({
        id: String(row.name),
        note: `${row.same ? 'as' : 'within'} ${row.other}, ${formatBytes(Number(row.bytes))}`,
      })),
      remedy: `drop index concurrently ${first.name};`,
    },
  )
}

export function judgeUnusedIndexes(rows: readonly Row[]): Judgement | null {
  const days = Number(rows[0]?.days ?? 0)
  if (rows.length === 0 || days < enoughDays) return null
  const unused = rows.filter((row) => row.name !== null)
  const span = `${Math.floor(days)} days`
  if (unused.length === 0) return healthy(`Every larger index was used within ${span}.`)
  const standbys = Number(rows[0]!.standbys)
  return unhealthy(
    'INFO',
    `${countOf(unused.length, 'index', 'indexes')} with ${formatBytes(bytesOf(unused))} ${unused.length === 1 ? 'was' : 'were'} not used here for ${span}.${standbys > 0 ? ` Queries on the ${countOf(standbys, 'standby', 'standbys')} may use them: that is not counted here.` : ' Standbys count their own use, which is not seen here.'}`,
    {
      affected: unused.length,
      measured: bytesOf(unused),
      samples: unused
        .slice(0, 20)
        .map((row) => ({ id: String(row.name), note: `${row.place}, ${formatBytes(Number(row.bytes))}` })),
      remedy: `If no standby uses it either (its own pg_stat_user_indexes says so): drop index concurrently ${unused[0]!.name};`,
    },
  )
}

export function judgeUnindexedReferences(rows: readonly Row[]): Judgement {
  if (rows.length === 0) return healthy('Every foreign key of a large table has an index.')
  const first = rows[0]!
  return unhealthy(
    'WARNING',
    `${countOf(rows.length, 'foreign key')} of large tables ${rows.length === 1 ? 'has' : 'have'} no index: each delete in ${first.other} reads all ${formatCount(Number(first.rows))} rows of ${first.place}.`,
    {
      affected: rows.length,
      samples: rows.slice(0, 20).map((row) => ({
        id: String(row.name),
        label: `${row.place} (${row.columns})`,
        note: `${formatCount(Number(row.rows))} rows`,
      })),
      remedy: `create index concurrently on ${first.place} (${first.columns});`,
    },
  )
}

/** `indexes.invalid`, `indexes.needless`, `indexes.unused` and `indexes.references`. */
export const planIndexChecks: PlanChecks = ({ living }) => [
  {
    check: 'indexes.invalid',
    area: 'indexes',
    title: 'Indexes valid',
    collect: invalidSql,
    judge: judgeInvalidIndexes,
  },
  {
    check: 'indexes.needless',
    area: 'indexes',
    title: 'No index beside another that does its work',
    everyMinutes: 60,
    collect: duplicateSql,
    judge: judgeDuplicateIndexes,
  },
  {
    check: 'indexes.references',
    area: 'indexes',
    title: 'Foreign keys have an index',
    everyMinutes: 60,
    collect: unindexedSql,
    judge: judgeUnindexedReferences,
  },
  // A copy has no use to tell of.
  ...(living
    ? [
        {
          check: 'indexes.unused',
          area: 'indexes' as const,
          title: 'Indexes are used',
          everyMinutes: 60,
          collect: unusedSql,
          judge: judgeUnusedIndexes,
        },
      ]
    : []),
]
