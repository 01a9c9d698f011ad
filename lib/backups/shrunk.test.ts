import { eq } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { backups } from '#drizzle/schema/backups.ts'
import { getBackup } from '#lib/backups/queries.ts'
import { expireBackups } from '#lib/backups/retention/expire-backups.ts'
import { listOpenFreezes } from '#lib/backups/retention/read-retention.ts'
import { createBackupStage } from '#lib/testing/backup-stage.ts'

describe('an archive whose content was emptied without losing a row', { timeout: 120_000 }, () => {
  it('is suspicious, freezes the retention, and lets older ones stay however old they are', async () => {
    const stage = await createBackupStage(`
      create table public.notes (id int primary key, body text not null);
      insert into public.notes select n, repeat(md5(n::text), 30) from generate_series(1, 400) n`)
    const { db, ctx } = stage.store
    const before = await stage.take('archive')
    expect(before).toMatchObject({ status: 'good', error: null })
    await db
      .update(backups)
      .set({ finishedAt: new Date(Date.now() - 2000 * 86_400_000) })
      .where(eq(backups.id, before.id))
    await stage.target.sql`update public.notes set body = ''`
    const after = await stage.take('archive')
    expect(after).toMatchObject({ status: 'suspicious', error: { code: 'suspicious' } })
    expect(await expireBackups({ ctx }, stage.target.id)).toEqual([])
    expect(await listOpenFreezes(db, stage.target.id)).toMatchObject([
      { subject: `backup:${after.id}`, reason: 'The newest archive is suspicious.' },
    ])
    expect((await getBackup(db, before.id)).status).toBe('good')
  })
})
