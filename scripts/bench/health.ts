import { fileFindings } from '#lib/health/file-findings.ts'
import { listFindings, listStates } from '#lib/health/queries.ts'
import { readHealthPage } from '#lib/health/read-health-page.ts'
import type { Finding } from '#lib/health/types.ts'
import { type HealthStage, type HealthStore, withHealthStage } from '#scripts/bench/health-stage.ts'
import { judgePairs, measureInTurn, tableOf } from '#scripts/bench/paired.ts'

const dayMs = 86_400_000
const hours = [24, 168, 720, 8_760]

const p95 = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.ceil(values.length * 0.95) - 1]!

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const begun = performance.now()
  await work()
  return performance.now() - begun
}

/** Pages as people open them, one after the other: each with another check, length of history and place in the log. */
async function openPages({ db, targetId }: HealthStore, times: number): Promise<number> {
  const checks = (await listStates(db, targetId)).map(({ check }) => check)
  const durations: number[] = []
  for (let time = 0; time < times; time++) {
    const check = checks[(time * 37) % checks.length]!
    const before = time % 3 === 0 ? new Date(Date.now() - (time % 25) * dayMs).toISOString() : undefined
    durations.push(
      await timed(() => readHealthPage(db, { targetId, check, hours: hours[time % hours.length]!, before })),
    )
  }
  return p95(durations)
}

/** The log of one check from a place deep in it. */
async function pageLog({ db, targetId }: HealthStore, times: number, share: number): Promise<number> {
  const [state] = await listStates(db, targetId)
  const durations: number[] = []
  for (let time = 0; time < times; time++) {
    const before = new Date(Date.now() - share * dayMs - time * 60_000)
    durations.push(await timed(() => listFindings(db, targetId, state!.check, { before, limit: 20 })))
  }
  return p95(durations)
}

/** One day's findings, as a partition whose time has come. */
async function makeOldDay({ sql }: HealthStage, rows: number, daysAgo: number): Promise<string> {
  await sql`select holdfast_make_log_partitions(now() - ${daysAgo} * interval '1 day')`
  await sql`
    insert into health_log (target_id, checked_at, "check", status, severity, affected, measured, details, duration_ms)
    select md5(${daysAgo}::text)::uuid, date_trunc('day', now() - ${daysAgo} * interval '1 day', 'UTC') + n * interval '0.2 seconds',
      'rows.check-' || n % 80 || ':public.table', 'healthy', 'INFO', 0, n, n || ' rows.', 1.5
    from generate_series(1, ${rows}::int) n`
  const [row] = await sql<[{ name: string }]>`
    select 'health_log_p' || to_char((now() - ${daysAgo} * interval '1 day') at time zone 'UTC', 'YYYYMMDD') as name`
  return row.name
}

async function dropDay(stage: HealthStage, rows: number): Promise<number> {
  const name = await makeOldDay(stage, rows, 200)
  return timed(async () => {
    await stage.sql.unsafe(`alter table health_log detach partition ${name} concurrently`)
    await stage.sql.unsafe(`drop table ${name}`)
  })
}

async function deleteDay(stage: HealthStage, rows: number): Promise<number> {
  const name = await makeOldDay(stage, rows, 201)
  const took = await timed(
    () => stage.sql`
      delete from health_log
      where checked_at >= date_trunc('day', now() - interval '201 days', 'UTC')
        and checked_at < date_trunc('day', now() - interval '200 days', 'UTC')`,
  )
  await stage.sql.unsafe(`drop table ${name}`)
  return took
}

const findingOf = (check: string): Finding => ({
  check,
  area: 'rows',
  title: check,
  status: 'healthy',
  severity: 'INFO',
  affected: 0,
  measured: Math.random(),
  details: '1,000 rows.',
  remedy: null,
  samples: [],
  statement: 'select 1',
  durationMs: 1,
})

/** What one run of eighty checks costs to write: log, states, turns, three rollups and row counts. */
async function recordRun({ db, targetId }: HealthStore): Promise<number> {
  const findings = (await listStates(db, targetId)).map(({ check }) => findingOf(check))
  return timed(() =>
    db.transaction((tx) => fileFindings(tx, { targetId, jobRunId: null, checkedAt: new Date(), findings })),
  )
}

/** How the health log holds up with its size. Starts its own server; ten million findings take some ten minutes. */
export const benchHealth = (
  tiny: boolean,
  pairs: number,
  isBusy: boolean,
  rows = tiny ? 40_000 : 10_000_000,
): Promise<string> => {
  const smallRows = tiny ? 2_000 : 10_000
  const times = tiny ? 8 : 60
  const dayRows = tiny ? 2_000 : 345_600
  return withHealthStage(smallRows, rows, async (stage) => {
    const { small, large } = stage
    const measured = await measureInTurn(
      {
        pageSmall: () => openPages(small, times),
        pageLarge: () => openPages(large, times),
        logSmall: () => pageLog(small, times, 0),
        logLarge: () => pageLog(large, times, 25),
        recordSmall: () => recordRun(small),
        recordLarge: () => recordRun(large),
        drop: () => dropDay(stage, dayRows),
        delete: () => deleteDay(stage, dayRows),
      },
      pairs,
      (round) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} round ${round}\n`),
    )
    const judge = (name: string, against: string, here: string, there: string, goal: number | null) =>
      judgePairs({ name, against, unit: 'ms', measured: measured[here]!, baseline: measured[there]!, goal })
    const page = measured.pageLarge!.toSorted((a, b) => a - b)[pairs >> 1]!
    const count = (value: number) => value.toLocaleString('en')
    return [
      `One control database with ${count(large.rows)} findings against one with ${count(small.rows)}: eighty checks, a run a minute, the large one over ${count(Math.ceil(large.rows / 80 / 1_440))} days of runs (several targets where one would be older than what is kept). Pages: ${times} in a row, each of another check, with histories of 24 hours to a year and every third one deep in the log; the p95 of them is one measurement.`,
      '',
      tableOf(
        [
          judge('Health page, data, p95', `${count(small.rows)} findings`, 'pageLarge', 'pageSmall', 2),
          judge(
            'findings of one check, 25 days back, p95',
            'the newest of the small log',
            'logLarge',
            'logSmall',
            null,
          ),
          judge(
            'recording a run of 80 checks',
            `${count(small.rows)} findings`,
            'recordLarge',
            'recordSmall',
            null,
          ),
          judge(
            `dropping a day of ${count(dayRows)} findings`,
            'DELETE of the same rows',
            'drop',
            'delete',
            0.2,
          ),
        ],
        isBusy,
      ),
      '',
      `Page data at ${count(large.rows)} findings, median p95: ${page.toFixed(1)} ms (goal ≤ 20 ms: ${isBusy ? 'no verdict: busy' : page <= 20 ? 'met' : 'missed'}). The DELETE leaves its space to a later VACUUM, which is not counted; the drop gives it back at once.`,
    ].join('\n')
  })
}
