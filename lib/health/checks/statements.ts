import { countOf, formatCount } from '#lib/format/format-count.ts'
import { formatDuration } from '#lib/format/format-duration.ts'
import { saySpan } from '#lib/health/interval.ts'
import { healthy, unhealthy } from '#lib/health/judgement.ts'
import type { AnyCheck, Counters, Judgement, KeptCounters, PlanChecks, Row } from '#lib/health/types.ts'
import { median } from '#lib/performance/statistics.ts'
import { type Fragment, fragment, integer, name } from '#lib/sql/fragment.ts'

/** The statements that take the most time in all; what comes after them cannot slow a database down. */
const mostStatements = 300
const everyMinutes = 5

/** A mean over fewer calls, or one that took next to nothing altogether, is an accident. */
const enoughCalls = 10
const enoughMs = 1_000
const enoughMeanMs = 5
/** So many intervals before one can be called unusual; and as many as are remembered. */
const [enoughIntervals, keptIntervals] = [6, 24]
const slower = { warning: 2, critical: 5 }

interface Known {
  calls: number
  totalMs: number
  /** Mean times of the intervals before, newest last. */
  means: number[]
}

interface Measured {
  id: string
  text: string
  calls: number
  meanMs: number
  usualMs: number | null
}

const statementsOf = (kept: KeptCounters | undefined): Record<string, Known> =>
  (kept?.counters.statements as Record<string, Known> | undefined) ?? {}

/** Each statement's own interval: never the mean of all, never since ever. */
function measure(kept: KeptCounters | undefined, rows: readonly Row[]): Measured[] {
  const before = statementsOf(kept)
  return rows.flatMap((row) => {
    const known = before[String(row.id)]
    // One that was not there before, or was forgotten in between, has no interval yet.
    if (!known || Number(row.calls) < known.calls || Number(row.totalMs) < known.totalMs) return []
    const calls = Number(row.calls) - known.calls
    if (calls === 0) return []
    return {
      id: String(row.id),
      text: String(row.statement).replaceAll(/\s+/g, ' '),
      calls,
      meanMs: (Number(row.totalMs) - known.totalMs) / calls,
      usualMs: known.means.length >= enoughIntervals ? median(known.means) : null,
    }
  })
}

export function rememberStatements(kept: KeptCounters | undefined, rows: readonly Row[]): Counters {
  const before = statementsOf(kept)
  const measured = new Map(measure(kept, rows).map((one) => [one.id, one]))
  const entries = rows.map((row): [string, Known] => {
    const id = String(row.id)
    const one = measured.get(id)
    const isKnown = before[id] && Number(row.calls) >= before[id].calls
    const means = isKnown ? before[id]!.means : []
    return [
      id,
      {
        calls: Number(row.calls),
        totalMs: Number(row.totalMs),
        means: (one && one.calls >= enoughCalls ? [...means, one.meanMs] : means).slice(-keptIntervals),
      },
    ]
  })
  return { statements: Object.fromEntries(entries) }
}

export const judgeStatements =
  (kept: KeptCounters | undefined, now: Date) =>
  (rows: readonly Row[]): Judgement | null => {
    if (!kept) return null
    const measured = measure(kept, rows)
    const span = saySpan((now.getTime() - kept.readAt.getTime()) / 60_000)
    const slow = measured
      .filter(
        ({ calls, meanMs, usualMs }) =>
          usualMs !== null &&
          calls >= enoughCalls &&
          meanMs >= enoughMeanMs &&
          calls * meanMs >= enoughMs &&
          meanMs >= slower.warning * usualMs,
      )
      .sort((a, b) => b.calls * (b.meanMs - b.usualMs!) - a.calls * (a.meanMs - a.usualMs!))
    const heaviest = measured.toSorted((a, b) => b.calls * b.meanMs - a.calls * a.meanMs)[0]
    if (slow.length === 0) {
      return healthy(
        heaviest
          ? `${countOf(measured.length, 'statement')} in the last ${span}; most time went into one that took ${formatDuration(heaviest.meanMs)} on average, ${formatCount(heaviest.calls)} times.`
          : `No statement ran in the last ${span}.`,
        { measured: heaviest?.meanMs ?? 0 },
      )
    }
    const times = ({ meanMs, usualMs }: Measured) => meanMs / Math.max(usualMs!, 0.001)
    return unhealthy(
      slow.some((one) => times(one) >= slower.critical && one.calls * one.meanMs >= 10 * enoughMs)
        ? 'CRITICAL'
        : 'WARNING',
      `${countOf(slow.length, 'statement')} much slower than usual in the last ${span}: the first took ${formatDuration(slow[0]!.meanMs)} on average instead of ${formatDuration(slow[0]!.usualMs)}.`,
      {
        affected: slow.length,
        measured: slow[0]!.meanMs,
        samples: slow.slice(0, 20).map((one) => ({
          id: one.id,
          label: one.text.slice(0, 160),
          note: `${formatDuration(one.meanMs)} instead of ${formatDuration(one.usualMs)}, ${formatCount(one.calls)} times`,
        })),
        remedy:
          'See its plan now: explain (analyze, buffers) …; a missing index, old statistics (analyze), or locks.',
      },
    )
  }

/** Per statement of this database, over all roles: counters only grow. `toplevel` twice is one statement here. */
const collectStatements = (schema: string): Fragment => fragment`
select s.queryid::text as id, pg_catalog.min(pg_catalog.left(s.query, 400)) as statement, pg_catalog.sum(s.calls)::float8 as calls,
  pg_catalog.sum(s.total_exec_time)::float8 as "totalMs"
from ${name(schema)}.pg_stat_statements s
where s.dbid = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()) and s.queryid is not null
group by s.queryid
order by "totalMs" desc
limit ${integer(mostStatements)}`

const base = {
  check: 'statements.mean-time',
  area: 'statements' as const,
  title: 'Statements take as long as usual',
}

/** Versions before 1.8 call its columns otherwise: an extension keeps its version when the server is upgraded. */
const isOld = (version: string): boolean => {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major < 1 || (major === 1 && minor < 8)
}

/** `statements.mean-time`. */
export const planStatementChecks: PlanChecks = ({ living, isMonitor, roleName }): AnyCheck[] => {
  if (!living) return []
  const { statements, counters, now } = living
  if (statements === 'not-wanted') return []
  const kept = counters.get(base.check)
  if (!statements) {
    return [
      {
        ...base,
        impossible: 'The extension pg_stat_statements is not installed in this database.',
        remedy:
          'create extension pg_stat_statements; — and once for the server, with a restart: alter system set shared_preload_libraries = pg_stat_statements;',
      },
    ]
  }
  if (!isMonitor)
    return [
      {
        ...base,
        impossible: `${roleName} does not see the statements of other roles.`,
        remedy: `grant pg_monitor to ${roleName};`,
      },
    ]
  if (isOld(statements.version))
    return [
      {
        ...base,
        impossible: `pg_stat_statements is still in version ${statements.version}.`,
        remedy: 'alter extension pg_stat_statements update;',
      },
    ]
  return [
    {
      ...base,
      everyMinutes,
      collect: collectStatements(statements.schema),
      remember: (rows) => rememberStatements(kept, rows),
      judge: judgeStatements(kept, now),
      whenSlow: 'Set pg_stat_statements.max lower.',
    },
  ]
}
