import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { and, eq, gte, inArray, sql } from 'drizzle-orm'
import { healthStates } from '#drizzle/schema/health.ts'
import { jobRuns } from '#drizzle/schema/jobs.ts'
import { packageRoot } from '#lib/env.ts'
import { unwrap } from '#lib/errors.ts'
import { requestHealth } from '#lib/health/request-health.ts'
import { runHealth } from '#lib/health/run-health.ts'
import { runJob } from '#lib/jobs/run-job.ts'
import type { JobHandlers } from '#lib/jobs/types.ts'
import { cpuSeconds, type WatchStage, withWatchStage } from '#scripts/bench/watch-stage.ts'
import { workerNodeFlags } from '#worker/node-flags.ts'

const minuteMs = 60_000
/** What takes longer than a minute is not every minute. */
const goals = { corePercent: 1, connections: 1, lateSeconds: 60 }

const handlers = { 'health.run': (scope) => runHealth(scope) } as Partial<JobHandlers> as JobHandlers
const say = (what: string) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${what}\n`)
const verdict = (isMet: boolean, isBusy: boolean): string => (isBusy ? '' : isMet ? 'met' : 'missed')

interface OneTarget {
  /** CPU of the target's server for a run with every check, and for one with those of each minute alone. */
  fullMs: number
  minuteMs: number
  connections: number
  checks: number
}

/** How many sessions of Holdfast a target has at once, looked at as often as can be. */
async function watchConnections(stage: WatchStage, database: string, signal: AbortSignal): Promise<number> {
  let most = 0
  while (!signal.aborted) {
    const [row] = await stage.admin<{ n: number }[]>`
      select count(*)::int as n from pg_stat_activity
      where datname = ${database} and application_name like 'holdfast:%' and backend_type = 'client backend'`
    most = Math.max(most, row!.n)
    await sleep(5)
  }
  return most
}

/** Health runs of one target, one after the other, and what its server did for each. */
async function measureOne(stage: WatchStage, runs: number): Promise<OneTarget> {
  const { ctx, targets } = stage
  const { id, database } = targets[0]!
  const slot = new Date(Math.floor(Date.now() / minuteMs) * minuteMs - 1_000 * minuteMs)
  const once = async (scheduledFor?: Date) => {
    const asked = await requestHealth(ctx, { targetId: id, ...(scheduledFor ? { scheduledFor } : {}) })
    await runJob(ctx, handlers, unwrap(asked).jobRunId, 'bench')
  }
  const cpuOf = async (work: (i: number) => Promise<void>): Promise<number> => {
    const before = stage.serverCpuSeconds()
    for (let i = 0; i < runs; i++) await work(i)
    // The last session's process is counted when the server has seen it go.
    await sleep(300)
    return ((stage.serverCpuSeconds() - before) / runs) * 1_000
  }
  // The first run reads the whole schema; that is once.
  await once()
  await once()
  const ending = new AbortController()
  const connections = watchConnections(stage, database, ending.signal)
  await once(new Date(slot.getTime() - minuteMs))
  ending.abort()
  const fullMs = await cpuOf(() => once())
  const light = await cpuOf((i) => once(new Date(slot.getTime() + i * minuteMs)))
  const checks = await ctx.db.$count(healthStates, eq(healthStates.targetId, id))
  return { fullMs, minuteMs: light, connections: await connections, checks }
}

interface ManyTargets {
  minutes: number
  expected: number
  done: number
  latestSeconds: number
  medianSeconds: number
  workerPercent: number
  serverPercentEach: number
  peakRssBytes: number
}

const rssOf = async (pid: number): Promise<number> => {
  const { readFile } = await import('node:fs/promises')
  return Number(/VmHWM:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024
}

/** One worker process watches all targets for so many whole minutes. In tiny mode one minute is asked for at once. */
async function measureMany(stage: WatchStage, minutes: number, tiny: boolean): Promise<ManyTargets> {
  const { ctx, targets } = stage
  const child = fork(join(packageRoot, 'scripts/bench/watch-worker.ts'), [stage.controlUrl, stage.key], {
    execArgv: [...workerNodeFlags],
    env: { ...process.env, HOLDFAST_DATA: stage.directory },
  })
  await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`the worker ended with ${code}`))),
  ])
  const nextMinute = () => Math.ceil((Date.now() + 1) / minuteMs) * minuteMs
  // The first minute only warms up: each target's schema is read whole.
  const from = tiny ? nextMinute() - minuteMs : nextMinute() + minuteMs
  if (tiny)
    for (const { id } of targets) await requestHealth(ctx, { targetId: id, scheduledFor: new Date(from) })
  else await sleep(from - Date.now())
  const [workerBefore, serverBefore, begun] = [cpuSeconds(child.pid!), stage.serverCpuSeconds(), Date.now()]
  const slots = Array.from({ length: minutes }, (_, i) => new Date(from + i * minuteMs))
  const expected = slots.length * targets.length
  const listDone = () =>
    ctx.db
      .select({
        lateMs: sql`extract(epoch from ${jobRuns.finishedAt} - ${jobRuns.scheduledFor}) * 1000`.mapWith(
          Number,
        ),
        tookMs: sql`extract(epoch from ${jobRuns.finishedAt} - ${jobRuns.createdAt}) * 1000`.mapWith(Number),
      })
      .from(jobRuns)
      .where(
        and(
          eq(jobRuns.kind, 'health.run'),
          eq(jobRuns.status, 'succeeded'),
          gte(jobRuns.scheduledFor, slots[0]!),
          inArray(jobRuns.scheduledFor, slots),
        ),
      )
  const measure = () => {
    const seconds = (Date.now() - begun) / 1_000
    return {
      workerPercent: ((cpuSeconds(child.pid!) - workerBefore) / seconds) * 100,
      serverPercentEach: ((stage.serverCpuSeconds() - serverBefore) / seconds / targets.length) * 100,
    }
  }
  if (!tiny) await sleep(from + minutes * minuteMs - Date.now())
  const ofMinutes = tiny ? null : measure()
  // The last minute has until the next one ends.
  const until = Date.now() + minuteMs
  let done = await listDone()
  while (done.length < expected && Date.now() < until) {
    await sleep(500)
    done = await listDone()
  }
  const measured = ofMinutes ?? measure()
  const peakRssBytes = await rssOf(child.pid!)
  child.disconnect()
  await once(child, 'exit')
  const late = done.map(({ lateMs, tookMs }) => (tiny ? tookMs : lateMs) / 1_000).sort((a, b) => a - b)
  return {
    minutes,
    expected,
    done: done.length,
    latestSeconds: late.at(-1) ?? Number.NaN,
    medianSeconds: late[late.length >> 1] ?? Number.NaN,
    peakRssBytes,
    ...measured,
  }
}

function tell(
  one: OneTarget,
  many: ManyTargets,
  size: { targets: number; tables: number },
  isBusy: boolean,
): string {
  // Checks that are not of each minute come every five at the soonest: this is the most that a minute can cost.
  const perMinuteMs = one.minuteMs + Math.max(0, one.fullMs - one.minuteMs) / 5
  const percent = (perMinuteMs / minuteMs) * 100
  const row = (what: string, found: string, goal: string, isMet: boolean | null) =>
    `| ${what} | **${found}** | ${goal} | ${isMet === null ? '' : verdict(isMet, isBusy)} |`
  return [
    `A target of ${size.tables} tables (three indexes each, references, policies, views, functions), ${one.checks} checks. CPU is that of all processes of the target's server, also of those that ended, as the kernel counts it.`,
    '',
    '| One target, every minute | Here | Goal | |',
    '|---|---|---|---|',
    row('CPU for a run of each minute', `${one.minuteMs.toFixed(0)} ms`, '', null),
    row('CPU for a run with every check', `${one.fullMs.toFixed(0)} ms`, '', null),
    row(
      'the most that a minute can cost',
      `${percent.toFixed(2)} % of a core`,
      `≤ ${goals.corePercent} %`,
      percent <= goals.corePercent,
    ),
    row(
      'connections at once',
      String(one.connections),
      `≤ ${goals.connections}`,
      one.connections <= goals.connections,
    ),
    '',
    `${size.targets} targets like that one, all on one server, watched by one worker process with all its rounds for ${many.minutes} minutes:`,
    '',
    `| ${size.targets} targets, every minute | Here | Goal | |`,
    '|---|---|---|---|',
    row(
      'findings',
      `${many.done} of ${many.expected}`,
      'each target, each minute',
      many.done === many.expected,
    ),
    row('from the minute to the kept findings, median', `${many.medianSeconds.toFixed(1)} s`, '', null),
    row(
      'the latest',
      `${many.latestSeconds.toFixed(1)} s`,
      `≤ ${goals.lateSeconds} s`,
      many.latestSeconds <= goals.lateSeconds,
    ),
    row('CPU of the worker', `${many.workerPercent.toFixed(0)} % of a core`, '', null),
    row(
      'CPU of the targets’ server, each',
      `${many.serverPercentEach.toFixed(2)} % of a core`,
      `≤ ${goals.corePercent} %`,
      many.serverPercentEach <= goals.corePercent,
    ),
    row('most memory of the worker', `${(many.peakRssBytes / 1_048_576).toFixed(0)} MiB`, '', null),
  ].join('\n')
}

/** What watching costs a target, and whether one worker keeps up with many. Starts its own servers; takes about ten minutes. */
export const benchWatch = (tiny: boolean, _pairs: number, isBusy: boolean): Promise<string> => {
  const size = tiny ? { targets: 3, tables: 12, users: 40 } : { targets: 50, tables: 300, users: 2_000 }
  say(`${size.targets} databases`)
  return withWatchStage(size, async (stage) => {
    say('one target')
    const one = await measureOne(stage, tiny ? 2 : 20)
    say('many targets')
    return tell(one, await measureMany(stage, tiny ? 1 : 5, tiny), size, isBusy)
  })
}
