import { eq } from 'drizzle-orm'
import { backups } from '#drizzle/schema/backups.ts'
import type { Ctx } from '#lib/context.ts'
import { AppError } from '#lib/errors.ts'

const key = (backupId: string): string => `holdfast:backup:${backupId}`

/** Whoever had to wait for a deletion must not take what is left of it for a damaged backup. */
async function assertThere({ db }: Ctx, backupId: string): Promise<void> {
  const [row] = await db.select({ status: backups.status }).from(backups).where(eq(backups.id, backupId))
  if (row?.status !== 'expiring' && row?.status !== 'expired') return
  throw new AppError('backup-expired', 'The retention has deleted this backup, or is deleting it.', {
    kind: 'refused',
    hint: 'Choose a newer one: holdfast backups list TARGET',
  })
}

/**
 * Keeps a backup from being removed while `work` reads it, on every process; a killed one lets go. Throws AppError
 * `backup-expired` when its deletion came first.
 */
export async function withPinnedBackup<T>(ctx: Ctx, backupId: string, work: () => Promise<T>): Promise<T> {
  const session = await ctx.db.$client.reserve()
  try {
    await session`select pg_advisory_lock_shared(hashtextextended(${key(backupId)}, 0))`
    try {
      await assertThere(ctx, backupId)
      return await work()
    } finally {
      await session`select pg_advisory_unlock_shared(hashtextextended(${key(backupId)}, 0))`
    }
  } finally {
    session.release()
  }
}

/** Runs `work` only when nobody reads the backup; returns whether it ran. */
export async function tryPinAlone(ctx: Ctx, backupId: string, work: () => Promise<void>): Promise<boolean> {
  const session = await ctx.db.$client.reserve()
  try {
    const [row] = await session`select pg_try_advisory_lock(hashtextextended(${key(backupId)}, 0)) as held`
    if (row?.held !== true) return false
    try {
      await work()
      return true
    } finally {
      await session`select pg_advisory_unlock(hashtextextended(${key(backupId)}, 0))`
    }
  } finally {
    session.release()
  }
}
