import { formatBytes } from '#lib/format/format-bytes.ts'
import { countOf, formatCount } from '#lib/format/format-count.ts'
import { healthy, unhealthy } from '#lib/health/judgement.ts'
import { loadFragment } from '#lib/health/load-fragment.ts'
import type { Counters, Judgement, KeptCounters, PlanChecks, Row } from '#lib/health/types.ts'

const sizeSql = loadFragment(new URL('../sql/database-size.sql', import.meta.url))
const countersSql = loadFragment(new URL('../sql/database-counters.sql', import.meta.url))
const deadRowsSql = loadFragment(new URL('../sql/dead-rows.sql', import.meta.url))

const hourMs = 3_600_000
const dayMs = 24 * hourMs

interface SizeReading {
  at: string
  bytes: number
}

const readingsIn = (kept: KeptCounters | undefined): SizeReading[] =>
  (kept?.counters.readings as SizeReading[] | undefined) ?? []

/** One reading an hour, of eight days. */
export function rememberSize(kept: KeptCounters | undefined, rows: readonly Row[], now: Date): Counters {
  const readings = readingsIn(kept).filter(({ at }) => now.getTime() - Date.parse(at) < 8 * dayMs)
  const last = readings.at(-1)
  if (last && now.getTime() - Date.parse(last.at) < hourMs) return { readings }
  return { readings: [...readings, { at: now.toISOString(), bytes: Number(rows[0]!.bytes) }] }
}

/** What a server writes to disk in a day, seen from SQL; how much room is left there cannot be. */
export const judgeSize =
  (kept: KeptCounters | undefined, now: Date) =>
  ([row]: readonly Row[]): Judgement => {
    const bytes = Number(row!.bytes)
    const before = (ageMs: number) =>
      readingsIn(kept).findLast(({ at }) => now.getTime() - Date.parse(at) >= ageMs)
    const day = before(dayMs)
    const week = before(7 * dayMs)
    const since = (reading: SizeReading | undefined, word: string): string[] =>
      reading
        ? [`${reading.bytes > bytes ? '−' : '+'}${formatBytes(Math.abs(bytes - reading.bytes))} in ${word}`]
        : []
    const growth = [...since(day, 'a day'), ...since(week, 'a week')].join(', ')
    const details = `${formatBytes(bytes)}${growth ? ` (${growth})` : ''}. How full the disk is cannot be seen through SQL: watch that at the server.`
    const grown = day ? bytes - day.bytes : 0
    if (!day || grown < 1_000_000_000 || grown < 0.25 * day.bytes)
      return healthy(details, { measured: bytes })
    return unhealthy('WARNING', details, {
      affected: 1,
      measured: bytes,
      remedy:
        'See what grew: select relid::regclass, pg_total_relation_size(relid) from pg_stat_user_tables order by 2 desc limit 10;',
    })
  }

/** A failed checksum is damage on the disk: it is never over until somebody has looked. */
export function judgeChecksums([row]: readonly Row[]): Judgement {
  if (row!.checksums !== 'on')
    return healthy(
      'Data checksums are off: PostgreSQL would not notice damage on the disk. pg_checksums --enable, with the server stopped, turns them on.',
    )
  const failures = Number(row!.checksumFailures ?? 0)
  if (failures === 0) return healthy('No block has failed its checksum.')
  const at = row!.checksumFailedAt instanceof Date ? `, last at ${row!.checksumFailedAt.toISOString()}` : ''
  return unhealthy(
    'EMERGENCY',
    `${countOf(failures, 'block')} failed the checksum${at}: data on the disk is damaged.`,
    {
      affected: failures,
      remedy:
        'Take an archive to another disk now, look at the disk, and restore what is damaged from an archive from before. When that is done: select pg_stat_reset();',
    },
  )
}

/** How many times its own threshold a table may be over before autovacuum is behind. */
const behind = { warning: 3, critical: 20 }

export function judgeDeadRows(rows: readonly Row[]): Judgement {
  if (rows[0]?.autovacuum === 'off')
    return unhealthy('CRITICAL', 'Autovacuum is off: dead rows stay and transaction ids run out.', {
      affected: 1,
      remedy: 'alter system set autovacuum = on; select pg_reload_conf();',
    })
  const ratio = (row: Row) => Number(row.dead) / Math.max(Number(row.wanted), 1)
  const worst = Math.max(0, ...rows.map((row) => Number(row.dead)))
  const late = rows.filter((row) => ratio(row) >= behind.warning && Number(row.dead) >= 10_000)
  if (late.length === 0) return healthy('Autovacuum keeps up with dead rows.', { measured: worst })
  return unhealthy(
    late.some((row) => ratio(row) >= behind.critical) ? 'CRITICAL' : 'WARNING',
    `Autovacuum is behind on ${countOf(late.length, 'table')}: ${late[0]!.name} has ${formatCount(Number(late[0]!.dead))} dead rows.`,
    {
      affected: late.length,
      measured: worst,
      samples: late.map((row) => ({
        id: String(row.name),
        note: `${formatCount(Number(row.dead))} dead, ${formatCount(Number(row.live))} live${row.running ? ', being vacuumed' : ''}${row.enabled ? '' : ', autovacuum is off for it'}`,
      })),
      remedy: `A long transaction or an unused slot may keep them. Otherwise: vacuum (verbose) ${late[0]!.name};`,
    },
  )
}

/** `server.size`, `server.checksums` and `server.dead-rows`. */
export const planStorageChecks: PlanChecks = ({ living }) => {
  if (!living) return []
  const { counters, now } = living
  const kept = counters.get('server.size')
  return [
    {
      check: 'server.size',
      area: 'server',
      title: 'Size of the database',
      everyMinutes: 15,
      collect: sizeSql,
      remember: (rows) => rememberSize(kept, rows, now),
      judge: judgeSize(kept, now),
    },
    {
      check: 'server.checksums',
      area: 'server',
      title: 'Data checksums',
      collect: countersSql,
      judge: judgeChecksums,
    },
    {
      check: 'server.dead-rows',
      area: 'server',
      title: 'Autovacuum keeps up',
      everyMinutes: 10,
      collect: deadRowsSql,
      judge: judgeDeadRows,
    },
  ]
}
