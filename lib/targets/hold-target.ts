import { setTimeout as pause } from 'node:timers/promises'
import { and, asc, eq, sql } from 'drizzle-orm'
import type postgres from 'postgres'
import { targetHolds } from '#drizzle/schema/jobs.ts'
import { type Ctx, formatActor } from '#lib/context.ts'
import type { Db, DbOrTx } from '#lib/db/client.ts'
import { openDedicatedConnection } from '#lib/db/dedicated-connection.ts'
import { AppError, unwrap } from '#lib/errors.ts'
import { refuseControlTarget } from '#lib/targets/control-target.ts'
import { getTarget } from '#lib/targets/queries.ts'

export interface TargetHold {
  targetId: string
  /** Shown to everyone who has to wait: `archive`, `restore`, … */
  purpose: string
  /** The id of the backup, operation or deployment that holds it. */
  subjectId: string
  /** Readers (archives) share a target; a writer (an operation, a deployment) has it alone. */
  mode: 'read' | 'write'
  /** How long to wait for the others. Default: not at all for a writer, two minutes for a reader. */
  waitMs?: number
  signal?: AbortSignal
}

/** The hold while it lasts. */
export interface HeldTarget {
  /** Throws AppError `hold-lost` when the lock is gone, e.g. because the control database restarted. */
  assertHeld(): Promise<void>
}

export type TargetHolder = Pick<
  typeof targetHolds.$inferSelect,
  'purpose' | 'mode' | 'heldBy' | 'subjectId' | 'since'
>

const lookEveryMs = 250

const lockFunctions = { read: 'pg_try_advisory_lock_shared', write: 'pg_try_advisory_lock' } as const

const lockName = (targetId: string): string => `holdfast:target:${targetId}`

/** Whether a row's session still has the lock: a killed process leaves its row behind, but never the lock. */
const living = sql`exists (
  select from pg_locks l, (select hashtextextended('holdfast:target:' || ${targetHolds.targetId}, 0) as key) k
  where l.locktype = 'advisory' and l.granted and l.objsubid = 1 and l.pid = ${targetHolds.backendPid}
    and l.classid::bigint = (k.key >> 32) & 4294967295 and l.objid::bigint = k.key & 4294967295
)`

/** Who holds a target right now. */
export const listTargetHolders = (db: DbOrTx, targetId: string): Promise<TargetHolder[]> =>
  db
    .select({
      purpose: targetHolds.purpose,
      mode: targetHolds.mode,
      heldBy: targetHolds.heldBy,
      subjectId: targetHolds.subjectId,
      since: targetHolds.since,
    })
    .from(targetHolds)
    .where(and(eq(targetHolds.targetId, targetId), living))
    .orderBy(asc(targetHolds.since))

async function take(lock: postgres.Sql, hold: TargetHold): Promise<number | null> {
  const until = Date.now() + (hold.waitMs ?? (hold.mode === 'read' ? 120_000 : 0))
  for (;;) {
    hold.signal?.throwIfAborted()
    const [row] = await lock.unsafe<{ held: boolean; pid: number }[]>(
      `select ${lockFunctions[hold.mode]}(hashtextextended($1, 0)) as held, pg_backend_pid() as pid`,
      [lockName(hold.targetId)],
    )
    if (row!.held) return row!.pid
    if (Date.now() >= until) return null
    await pause(lookEveryMs)
  }
}

async function busy(db: Db, hold: TargetHold, name: string): Promise<AppError> {
  const holders = await listTargetHolders(db, hold.targetId)
  const who = holders.map(
    ({ purpose, heldBy, since }) => `${purpose} (${heldBy}, since ${since.toISOString()})`,
  )
  return new AppError('target-busy', `“${name}” is held by ${who.join(' and ') || 'other work'}.`, {
    kind: 'refused',
    hint: 'Wait until it ends, or cancel it; then try again.',
  })
}

/**
 * Holds a target for the duration of `work`: of all processes only one writes to it, and never while an archive is
 * taken from it. The lock belongs to a connection of its own to the control database, so a killed process lets go.
 * Throws AppError `target-busy` naming the holders. Not reentrant.
 */
export async function withTargetHold<T>(
  ctx: Ctx,
  hold: TargetHold,
  work: (held: HeldTarget) => Promise<T>,
): Promise<T> {
  const { db } = ctx
  const target = await getTarget(db, hold.targetId)
  const controlRefusal = hold.mode === 'write' ? refuseControlTarget(target, 'nothing writes to it') : null
  if (controlRefusal) unwrap(controlRefusal)
  const lock = openDedicatedConnection(db, `holdfast:hold:${hold.purpose}`)
  try {
    const backendPid = await take(lock, hold)
    if (backendPid === null) throw await busy(db, hold, target.name)
    const [row] = await db.transaction(async (tx) => {
      await tx.delete(targetHolds).where(and(eq(targetHolds.targetId, hold.targetId), sql`not ${living}`))
      return tx
        .insert(targetHolds)
        .values({
          targetId: hold.targetId,
          purpose: hold.purpose,
          subjectId: hold.subjectId,
          mode: hold.mode,
          heldBy: formatActor(ctx.actor),
          backendPid,
        })
        .returning({ id: targetHolds.id })
    })
    const own = eq(targetHolds.id, row!.id)
    try {
      return await work({
        async assertHeld() {
          const held = await db.select({ id: targetHolds.id }).from(targetHolds).where(and(own, living))
          if (held.length > 0) return
          throw new AppError(
            'hold-lost',
            `The hold on “${target.name}” was lost; others may write to it now.`,
            {
              hint: 'The control database was restarted or its session ended. Try again.',
            },
          )
        },
      })
    } finally {
      await db.delete(targetHolds).where(own)
    }
  } finally {
    await lock.end({ timeout: 5 })
  }
}
