import type { Ctx } from '#lib/context.ts'

const key = (backupId: string): string => `holdfast:backup:${backupId}`

/** Keeps a backup from being removed while `work` reads it, on every process; a killed one lets go. */
export async function withPinnedBackup<T>(ctx: Ctx, backupId: string, work: () => Promise<T>): Promise<T> {
  const session = await ctx.db.$client.reserve()
  try {
    await session`select pg_advisory_lock_shared(hashtextextended(${key(backupId)}, 0))`
    try {
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
