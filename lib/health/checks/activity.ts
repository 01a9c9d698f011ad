import { formatBytes } from '#lib/format/format-bytes.ts'
import { countOf, formatCount } from '#lib/format/format-count.ts'
import { type Interval, intervalSince, pickCounters, saySpan } from '#lib/health/interval.ts'
import { healthy, unhealthy } from '#lib/health/judgement.ts'
import { loadFragment } from '#lib/health/load-fragment.ts'
import type { Judgement, LivingScope, PlanChecks, PlannedCheck } from '#lib/health/types.ts'

const countersSql = loadFragment(new URL('../sql/database-counters.sql', import.meta.url))

/** Long enough for a ratio to mean something, short enough to tell of it. */
const everyMinutes = 5

/** Of too little nothing can be said: a ratio of a handful is an accident. */
const enoughBlocks = 50_000
const enoughRollbacks = 100

export function judgeCache({ minutes, counted }: Interval): Judgement {
  const [hits, reads] = [counted('hits'), counted('reads')]
  const total = hits + reads
  const percent = total === 0 ? 100 : (hits / total) * 100
  const details = `${percent.toFixed(1)} % of ${formatCount(total)} blocks came from memory in the last ${saySpan(minutes)}.`
  if (reads < enoughBlocks || percent >= 90) return healthy(details, { measured: percent })
  return unhealthy('WARNING', details, {
    affected: reads,
    measured: percent,
    remedy:
      'See which statements read most (pg_stat_statements: shared_blks_read); an index that is missing, or a larger shared_buffers.',
  })
}

export function judgeTempFiles({ minutes, counted }: Interval): Judgement {
  const [files, bytes] = [counted('tempFiles'), counted('tempBytes')]
  const perMinute = bytes / Math.max(minutes, 1)
  const details = `${countOf(files, 'temporary file')} with ${formatBytes(bytes)} in the last ${saySpan(minutes)}.`
  if (perMinute < 200_000_000) return healthy(details, { measured: bytes })
  return unhealthy(perMinute >= 2_000_000_000 ? 'CRITICAL' : 'WARNING', details, {
    affected: files,
    measured: bytes,
    remedy:
      'Sorts and joins do not fit into work_mem: set log_temp_files = 0 to see which, and raise work_mem for them.',
  })
}

export function judgeDeadlocks({ minutes, counted }: Interval): Judgement {
  const deadlocks = counted('deadlocks')
  if (deadlocks === 0) return healthy(`No deadlock in the last ${saySpan(minutes)}.`)
  return unhealthy(
    deadlocks >= 10 ? 'CRITICAL' : 'WARNING',
    `${countOf(deadlocks, 'deadlock')} in the last ${saySpan(minutes)}: as many transactions were aborted.`,
    {
      affected: deadlocks,
      remedy: 'The server’s log names the statements; have transactions take their rows in one order.',
    },
  )
}

export function judgeRollbacks({ minutes, counted }: Interval): Judgement {
  const [commits, rollbacks] = [counted('commits'), counted('rollbacks')]
  const percent = commits + rollbacks === 0 ? 0 : (rollbacks / (commits + rollbacks)) * 100
  const details = `${percent.toFixed(1)} % of ${formatCount(commits + rollbacks)} transactions were rolled back in the last ${saySpan(minutes)}.`
  if (rollbacks < enoughRollbacks || percent < 20) return healthy(details, { measured: percent })
  return unhealthy(percent >= 50 && rollbacks >= 10 * enoughRollbacks ? 'CRITICAL' : 'WARNING', details, {
    affected: rollbacks,
    measured: percent,
    remedy: 'Something fails again and again: the server’s log has the errors.',
  })
}

const counting = (
  { counters, now }: LivingScope,
  base: Pick<PlannedCheck, 'check' | 'title'>,
  names: readonly string[],
  judge: (interval: Interval) => Judgement,
): PlannedCheck => ({
  ...base,
  area: 'server',
  everyMinutes,
  collect: countersSql,
  remember: (rows) => pickCounters(rows[0], names),
  judge: (rows) => {
    const interval = intervalSince(counters.get(base.check), rows[0]!, now)
    return interval && judge(interval)
  },
})

/** `server.cache`, `server.temp-files`, `server.deadlocks` and `server.rollbacks`: what happened since the last look. */
export const planActivityChecks: PlanChecks = ({ living }) => {
  if (!living) return []
  const of = (name: string, title: string, names: string[], judge: (interval: Interval) => Judgement) =>
    counting(living, { check: `server.${name}`, title }, names, judge)
  return [
    of('cache', 'Blocks found in memory', ['hits', 'reads'], judgeCache),
    of('temp-files', 'Temporary files', ['tempFiles', 'tempBytes'], judgeTempFiles),
    of('deadlocks', 'Deadlocks', ['deadlocks'], judgeDeadlocks),
    of('rollbacks', 'Transactions rolled back', ['commits', 'rollbacks'], judgeRollbacks),
  ]
}
