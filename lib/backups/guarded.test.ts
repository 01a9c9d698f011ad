import { describe, expect, it } from 'vitest'
import { withRestoredArchive } from '#lib/backups/drills/restore-archive.ts'
import { expireBackups } from '#lib/backups/retention/expire-backups.ts'
import { unwrap } from '#lib/errors.ts'
import { installGuards } from '#lib/guards/install-guards.ts'
import { requestGuardInstallation } from '#lib/guards/request-guard-installation.ts'
import { getJobRun } from '#lib/jobs/queries.ts'
import { runJob } from '#lib/jobs/run-job.ts'
import type { JobHandlers, JobScope } from '#lib/jobs/types.ts'
import { applyPolicy } from '#lib/targets/apply-policy.ts'
import { connectToUrl } from '#lib/targets/open-target.ts'
import { getPolicy } from '#lib/targets/queries.ts'
import { createBackupStage } from '#lib/testing/backup-stage.ts'

const handlers = { 'guards.install': (scope) => installGuards(scope) } as Partial<JobHandlers> as JobHandlers

describe('a guarded target that reaches another server', { timeout: 120_000 }, () => {
  it('is copied, expired, archived and proven with its guards on; the restored copy holds no credential', async () => {
    const stage = await createBackupStage(`
      create table public.users (id int primary key, name text);
      insert into public.users select n, 'user ' || n from generate_series(1, 40) n;
      create extension dblink;
      create server elsewhere foreign data wrapper dblink_fdw options (host 'db.example.com');
      create user mapping for public server elsewhere options (user 'app', password 'canary-secret')`)
    const { db, ctx } = stage.store
    const { name: target, id: targetId } = stage.target
    const { document } = await getPolicy(db, targetId)
    const protectedTables = [{ table: 'public.users' }]
    unwrap(await applyPolicy(ctx, { name: target, document: { ...document, protectedTables } }))
    const { jobRunId } = unwrap(await requestGuardInstallation(ctx, { target }))
    await runJob(ctx, handlers, jobRunId, 'test')
    expect(await getJobRun(db, jobRunId)).toMatchObject({ status: 'succeeded' })

    const first = await stage.take('snapshot')
    const second = await stage.take('snapshot')
    expect([first.error, second.error]).toEqual([null, null])
    await db.$client`update backups set finished_at = finished_at - interval '9 days' where id = ${first.id}`
    expect(await expireBackups({ ctx } as JobScope, targetId)).toEqual([first.id])

    const archive = await stage.take('archive')
    expect(archive.error).toBeNull()
    const drill = await stage.drill()
    expect(drill.error).toBeNull()
    expect(drill).toMatchObject({ verdict: 'passed', differences: [] })

    const scope = {
      ctx,
      signal: new AbortController().signal,
      phase: async () => {},
      progress: () => {},
    } as unknown as JobScope
    const mappings = await withRestoredArchive(scope, archive.id, async ({ url }) => {
      const copy = connectToUrl(url, 'owner', { purpose: 'test' })
      const found = await copy`select from pg_catalog.pg_user_mappings`
      await copy.end()
      return found.length
    })
    expect(mappings).toBe(0)
  })
})
