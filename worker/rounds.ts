import type postgres from 'postgres'
import { evaluateAlerts } from '#lib/alerts/evaluate-alerts.ts'
import { evaluateHoldfast } from '#lib/alerts/evaluate-holdfast.ts'
import { escalateAlerts } from '#lib/alerts/telling/escalate-alerts.ts'
import { sweepSignIns } from '#lib/auth/sweep-sign-ins.ts'
import { requestCopyChecks } from '#lib/backups/copies/request-copy-checks.ts'
import { requestMissingCopies } from '#lib/backups/copies/request-missing-copies.ts'
import { sweepDrillServers } from '#lib/backups/drills/sweep-drill-servers.ts'
import { expireBackups } from '#lib/backups/retention/expire-backups.ts'
import { noticeGoneSnapshots } from '#lib/backups/snapshots/notice-gone-snapshots.ts'
import { sweepBackups } from '#lib/backups/sweep-backups.ts'
import { fileAuditCheckpoints } from '#lib/channels/file-audit-checkpoints.ts'
import { forgetDeliveries } from '#lib/channels/forget-deliveries.ts'
import type { Ctx } from '#lib/context.ts'
import { openDedicatedConnection } from '#lib/db/dedicated-connection.ts'
import { messageOf } from '#lib/errors.ts'
import { keepLog } from '#lib/health/keep-log.ts'
import { log } from '#lib/log.ts'
import { expireOperations, reconcileOperations } from '#lib/operations/reconcile-operations.ts'
import { sweepRestoredDatabases } from '#lib/restores/database/sweep-restored-databases.ts'
import { expireUndoCopies } from '#lib/restores/undo/expire-undo-copies.ts'
import { measureStores } from '#lib/stores/measure-stores.ts'
import { listTargets } from '#lib/targets/queries.ts'
import { surveyDatabases } from '#lib/targets/survey-databases.ts'
import type { Target } from '#lib/targets/types.ts'
import { keepKitTested } from '#worker/keep-kit-tested.ts'
import { proveFirstArchive } from '#worker/prove-first-archive.ts'
import type { Pulse } from '#worker/pulse.ts'
import { planRuns } from '#worker/schedule.ts'
import { watchForeignArchives } from '#worker/watch-foreign.ts'
import { keepInstalledJournals, verifyInstalledGuards, watchGuards } from '#worker/watch-guards.ts'

/** Something that a worker looks after again and again, between the requests of people and schedules. */
interface Round {
  name: string
  everyMs: number
  /** Must be safe to repeat. At most one worker does a round at a time. */
  run(ctx: Ctx): Promise<void>
}

/** Below the store's pool, so that fifty targets do not wait for each other's connections; dead ones leave places over. */
const targetsAtOnce = 16

/** A round's work once per living target; one target's trouble does not keep the others waiting. */
const perTarget =
  (
    name: string,
    work: (ctx: Ctx, targetId: string) => Promise<unknown>,
    concerns: (target: Target) => boolean = () => true,
  ) =>
  async (ctx: Ctx): Promise<void> => {
    const all = (await listTargets(ctx.db)).filter(concerns)
    const waiting = [...all]
    const takeTurns = async (): Promise<void> => {
      for (let target = waiting.shift(); target; target = waiting.shift()) {
        const { id, name: ofTarget } = target
        await work(ctx, id).catch((error) =>
          log.warn({ round: name, target: ofTarget, error: messageOf(error) }, 'round failed'),
        )
      }
    }
    await Promise.all(Array.from({ length: targetsAtOnce }, takeTurns))
  }

/** Holdfast's own database has no guards. */
const isApplication = ({ kind }: Target): boolean => kind === 'application'

/** What runs all the time, on one screen. */
export const rounds: readonly Round[] = [
  { name: 'expect-runs', everyMs: 15_000, run: planRuns },
  { name: 'watch-guards', everyMs: 3000, run: perTarget('watch-guards', watchGuards, isApplication) },
  { name: 'evaluate-alerts', everyMs: 20_000, run: perTarget('evaluate-alerts', evaluateAlerts) },
  { name: 'escalate-alerts', everyMs: 10_000, run: escalateAlerts },
  { name: 'evaluate-holdfast', everyMs: 20_000, run: evaluateHoldfast },
  { name: 'file-audit-checkpoints', everyMs: 300_000, run: ({ db }) => fileAuditCheckpoints(db) },
  {
    name: 'forget-deliveries',
    everyMs: 3_600_000,
    run: async ({ db }) => void (await forgetDeliveries(db)),
  },
  { name: 'expire-operations', everyMs: 15_000, run: async (ctx) => void (await expireOperations(ctx)) },
  {
    name: 'reconcile-operations',
    everyMs: 30_000,
    run: async (ctx) => void (await reconcileOperations(ctx)),
  },
  { name: 'keep-health-log', everyMs: 3_600_000, run: keepLog },
  { name: 'measure-stores', everyMs: 60_000, run: measureStores },
  { name: 'copy-archives', everyMs: 20_000, run: perTarget('copy-archives', requestMissingCopies) },
  { name: 'watch-foreign', everyMs: 60_000, run: perTarget('watch-foreign', watchForeignArchives) },
  { name: 'sweep-drill-servers', everyMs: 300_000, run: sweepDrillServers },
  { name: 'test-kit', everyMs: 60_000, run: keepKitTested },
  {
    name: 'notice-gone-snapshots',
    everyMs: 60_000,
    run: perTarget('notice-gone-snapshots', noticeGoneSnapshots, isApplication),
  },
  { name: 'check-copies', everyMs: 600_000, run: perTarget('check-copies', requestCopyChecks) },
  {
    name: 'sweep-backups',
    everyMs: 60_000,
    run: perTarget('sweep-backups', (ctx, targetId) => sweepBackups(ctx, targetId, ['local'])),
  },
  {
    name: 'sweep-buckets',
    everyMs: 3_600_000,
    run: perTarget('sweep-buckets', (ctx, id) => sweepBackups(ctx, id)),
  },
  {
    name: 'verify-guards',
    everyMs: 60_000,
    run: perTarget('verify-guards', verifyInstalledGuards, isApplication),
  },
  { name: 'sweep-sign-ins', everyMs: 3_600_000, run: sweepSignIns },
  {
    name: 'keep-journals',
    everyMs: 600_000,
    run: perTarget('keep-journals', keepInstalledJournals, isApplication),
  },
  {
    name: 'sweep-restored-databases',
    everyMs: 300_000,
    run: perTarget('sweep-restored-databases', sweepRestoredDatabases, isApplication),
  },
  { name: 'survey-databases', everyMs: 3_600_000, run: perTarget('survey-databases', surveyDatabases) },
  {
    name: 'expire-backups',
    everyMs: 900_000,
    run: perTarget('expire-backups', (ctx, targetId) => expireBackups({ ctx }, targetId)),
  },
  {
    name: 'expire-undo-copies',
    everyMs: 3_600_000,
    run: perTarget('expire-undo-copies', expireUndoCopies, isApplication),
  },
  { name: 'prove-first-archive', everyMs: 10_000, run: perTarget('prove-first-archive', proveFirstArchive) },
]

/** Does the rounds until the signal comes. A round that takes longer than its interval is not started twice. */
export async function goRounds(
  ctx: Ctx,
  signal: AbortSignal,
  list: readonly Round[] = rounds,
  pulse: Pulse | null = null,
): Promise<void> {
  // One connection beside the pool holds all turns: with as many rounds as connections, each would wait for the others'.
  const turns = openDedicatedConnection(ctx.db, 'holdfast:rounds')
  try {
    await Promise.all(list.map((round) => repeat(ctx, turns, round, signal, pulse)))
  } finally {
    await turns.end({ timeout: 1 })
  }
}

async function repeat(
  ctx: Ctx,
  turns: postgres.Sql,
  round: Round,
  signal: AbortSignal,
  pulse: Pulse | null,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await once(ctx, turns, round)
      pulse?.mark(round.name)
    } catch (error) {
      log.warn({ round: round.name, error: messageOf(error) }, 'round failed')
    }
    await pause(round.everyMs, signal)
  }
}

/** Runs the round unless another worker does; the turn ends with the connection, also when this process dies. */
async function once(ctx: Ctx, turns: postgres.Sql, { name, run }: Round): Promise<void> {
  const turn = `holdfast.round.${name}`
  const [row] = await turns<{ ours: boolean }[]>`
    select pg_try_advisory_lock(hashtextextended(${turn}, 0)) as ours`
  if (!row?.ours) return
  try {
    await run(ctx)
  } finally {
    await turns`select pg_advisory_unlock(hashtextextended(${turn}, 0))`
  }
}

export const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end, { once: true })
  })
