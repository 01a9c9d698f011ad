import { describe, expect, it, vi } from 'vitest'
import type { ArchiveManifest } from '#lib/backups/types.ts'
import { unwrap } from '#lib/errors.ts'
import { getJobRun } from '#lib/jobs/queries.ts'
import { runJob } from '#lib/jobs/run-job.ts'
import type { JobHandlers } from '#lib/jobs/types.ts'
import { checkTarget } from '#lib/targets/check-target.ts'
import type { Preflight } from '#lib/targets/preflight.ts'
import { requestTargetCheck } from '#lib/targets/request-target-check.ts'
import { createBackupStage } from '#lib/testing/backup-stage.ts'

// The client programs of this machine, as if they were of an old minor.
vi.mock('#lib/servers/find-tools.ts', async (importActual) => {
  const actual = await importActual<typeof import('#lib/servers/find-tools.ts')>()
  const old = (major?: number) => ({ ...actual.requireTools(major), version: '15.3' })
  return { ...actual, findTools: old, requireTools: old, listTools: () => [old()] }
})

const handlers = { 'targets.check': (scope) => checkTarget(scope) } as Partial<JobHandlers> as JobHandlers

describe('with client programs of a vulnerable minor', { timeout: 60_000 }, () => {
  it('archives are taken all the same; preflight and manifest warn and name the holes', async () => {
    const stage = await createBackupStage('create table public.few as select 1 as id')
    const { ctx, db } = stage.store
    const { jobRunId } = unwrap(await requestTargetCheck(ctx, { name: stage.target.name }))
    await runJob(ctx, handlers, jobRunId, 'test')
    const { ok, checks } = (await getJobRun(db, jobRunId)).result as Preflight
    expect(ok).toBe(true)
    expect(checks.find(({ name }) => name === 'pg_dump is vulnerable')).toMatchObject({
      ok: false,
      advisory: true,
      message: expect.stringMatching(/pg_dump 15\.3.*CVE-2025-8714.*CVE-2024-7348/s),
      hint: expect.stringContaining('15.18'),
    })
    const archive = await stage.take('archive')
    expect(archive.status).toBe('good')
    expect((archive.manifest as ArchiveManifest).warnings!.join()).toContain('CVE-2025-8715')
  })
})
