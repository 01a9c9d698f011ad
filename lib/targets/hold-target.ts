import type postgres from 'postgres'
import { type Ctx, formatActor } from '#lib/context.ts'
import { AppError } from '#lib/errors.ts'
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

const lookEveryMs = 500

const lockFunctions = {
  read: ['pg_try_advisory_lock_shared', 'pg_advisory_unlock_shared'],
  write: ['pg_try_advisory_lock', 'pg_advisory_unlock'],
} as const

const key = (targetId: string): string => `holdfast:target:${targetId}`

async function assertHeld(session: postgres.ReservedSql, hold: TargetHold, name: string): Promise<void> {
  const until = Date.now() + (hold.waitMs ?? (hold.mode === 'read' ? 120_000 : 0))
  for (;;) {
    hold.signal?.throwIfAborted()
    const [row] = await session.unsafe<{ held: boolean }[]>(
      `select ${lockFunctions[hold.mode][0]}(hashtextextended($1, 0)) as held`,
      [key(hold.targetId)],
    )
    if (row!.held) return
    if (Date.now() >= until) break
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
  }
  const [holder] = await session<{ purpose: string; held_by: string }[]>`
    select purpose, held_by from target_holds where target_id = ${hold.targetId}`
  throw new AppError(
    'target-busy',
    `${name} is held by ${holder ? `${holder.purpose} (${holder.held_by})` : 'other work'}.`,
    { kind: 'refused', hint: 'Try again when it is done.' },
  )
}

/**
 * Holds a target for the duration of `work`: of all processes only one writes to it, and never while an archive is
 * taken from it. The lock belongs to a connection to the control database, so a killed process lets go.
 * Throws AppError `target-busy` naming the holder. Not reentrant.
 */
export async function withTargetHold<T>(ctx: Ctx, hold: TargetHold, work: () => Promise<T>): Promise<T> {
  const target = await getTarget(ctx.db, hold.targetId)
  const session = await ctx.db.$client.reserve()
  try {
    await assertHeld(session, hold, target.name)
    try {
      // Of several readers the row shows the newest; the lock decides, the row only tells.
      await session`
        insert into target_holds (target_id, purpose, held_by, subject_id)
        values (${hold.targetId}, ${hold.purpose}, ${formatActor(ctx.actor)}, ${hold.subjectId})
        on conflict (target_id) do update
        set purpose = excluded.purpose, held_by = excluded.held_by, subject_id = excluded.subject_id, since = now()`
      return await work()
    } finally {
      await session`delete from target_holds where target_id = ${hold.targetId} and subject_id = ${hold.subjectId}`
      await session.unsafe(`select ${lockFunctions[hold.mode][1]}(hashtextextended($1, 0))`, [
        key(hold.targetId),
      ])
    }
  } finally {
    session.release()
  }
}
