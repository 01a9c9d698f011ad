import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backupCopies } from '#drizzle/schema/backups.ts'
import { jobRuns } from '#drizzle/schema/jobs.ts'
import { archiveStores } from '#drizzle/schema/stores.ts'
import { policies } from '#drizzle/schema/targets.ts'
import { requestMissingCopies } from '#lib/backups/copies/request-missing-copies.ts'
import { requestDrill } from '#lib/backups/drills/request-drill.ts'
import { getBackup, getDrill } from '#lib/backups/queries.ts'
import type { BackupDetails } from '#lib/backups/types.ts'
import { unwrap } from '#lib/errors.ts'
import { addStore } from '#lib/stores/add-store.ts'
import { policySchema } from '#lib/targets/policy.ts'
import { type BackupStage, createBackupStage } from '#lib/testing/backup-stage.ts'
import { createTestPerson } from '#lib/testing/test-db.ts'

describe('drills of an archive with copies in two stores', { timeout: 180_000 }, () => {
  let stage: BackupStage
  let archive: BackupDetails
  let attic: string

  afterAll(() => rmSync(attic, { recursive: true, force: true }))
  beforeAll(async () => {
    stage = await createBackupStage(`
      create table public.people (id int primary key, name text);
      insert into public.people select n, repeat(md5(n::text), 20) from generate_series(1, 500) n`)
    attic = `${stage.data}-attic`
    mkdirSync(attic)
    unwrap(await addStore(stage.store.ctx, { name: 'attic', place: { kind: 'local', directory: attic } }))
    await stage.store.db.insert(policies).values({
      targetId: stage.target.id,
      version: 10,
      document: policySchema.parse({ stores: ['local', 'attic'] }),
      appliedBy: 'test',
    })
    archive = await stage.take('archive')
    const worker = { ...stage.store.ctx, actor: { kind: 'worker' as const, workerId: 'test' } }
    await requestMissingCopies(worker, stage.target.id)
    const waiting = await stage.store.db.select().from(jobRuns).where(eq(jobRuns.status, 'queued'))
    for (const { id } of waiting) await stage.run(id)
  })

  const drill = async (options: { store?: string; scheduledFor?: Date } = {}) => {
    const { drillId, jobRunId, store } = unwrap(
      await requestDrill(stage.store.ctx, {
        target: stage.target.name,
        backupId: archive.id,
        ...options,
      }),
    ) as { drillId: string; jobRunId: string; store: string }
    await stage.run(jobRunId)
    return { store, drill: await getDrill(stage.store.db, drillId) }
  }

  const copies = async () => {
    const rows = await stage.store.db
      .select({
        name: archiveStores.name,
        id: backupCopies.id,
        status: backupCopies.status,
        level: backupCopies.verification,
      })
      .from(backupCopies)
      .innerJoin(archiveStores, eq(archiveStores.id, backupCopies.storeId))
      .where(eq(backupCopies.backupId, archive.id))
    return Object.fromEntries(rows.map(({ name, ...copy }) => [name, copy]))
  }

  it('restore the best copy, say which, and prove that one only', async () => {
    const { drill: done } = await drill()
    const { local, attic: other } = await copies()
    expect(done).toMatchObject({ verdict: 'passed', copyId: local!.id })
    expect(local!.level).toBe('facts-proven')
    expect(other!.level).not.toBe('facts-proven')
    expect((await getBackup(stage.store.db, archive.id)).verification).toBe('facts-proven')
  })

  it('restore the named store’s copy, and refuse a store that has none', async () => {
    const { drill: done } = await drill({ store: 'attic' })
    const { attic: copy } = await copies()
    expect(done).toMatchObject({ verdict: 'passed', copyId: copy!.id })
    expect(copy!.level).toBe('facts-proven')
    const refused = await requestDrill(stage.store.ctx, {
      target: stage.target.name,
      backupId: archive.id,
      store: 'cellar',
    })
    expect(refused).toMatchObject({ ok: false, refusal: { code: 'copy-not-found' } })
  })

  it('take the stores in turn when the schedule asks', async () => {
    const seen: string[] = []
    for (let n = 1; n <= 3; n++)
      seen.push((await drill({ scheduledFor: new Date(Date.now() + n * 60_000) })).store)
    expect(seen).toEqual(['local', 'attic', 'local'])
  })

  it('are refused to a viewer', async () => {
    const viewer = await createTestPerson(stage.store, 'viewer')
    expect(await requestDrill(viewer, { target: stage.target.name })).toMatchObject({
      ok: false,
      refusal: { code: 'forbidden' },
    })
  })

  it('are inconclusive when the named store does not answer, and go to the next store when none is named', async () => {
    const { attic: away, local } = await copies()
    await stage.store.db.$client`update backup_copies set created_at = '2000-01-01' where id = ${away!.id}`
    renameSync(attic, `${attic}.away`)
    const named = await drill({ store: 'attic' })
    expect(named.drill).toMatchObject({ verdict: 'inconclusive', error: { code: 'store-unreachable' } })
    const { drill: done } = await drill()
    expect(done).toMatchObject({ verdict: 'passed', copyId: local!.id })
    expect(done.unchecked[0]).toMatchObject({ what: 'the copy in attic' })
    renameSync(`${attic}.away`, attic)
    expect((await getBackup(stage.store.db, archive.id)).status).toBe('good')
  })

  it('damn a damaged copy and not the archive while another copy is good', async () => {
    const path = join(attic, archive.location!)
    const bytes = readFileSync(path)
    bytes[Math.floor(bytes.length / 2)]! ^= 1
    writeFileSync(path, bytes)
    const { drill: done } = await drill({ store: 'attic' })
    expect(done).toMatchObject({ verdict: 'failed', error: { code: 'archive-damaged' } })
    expect((await copies()).attic).toMatchObject({ status: 'damaged', level: null })
    expect(await getBackup(stage.store.db, archive.id)).toMatchObject({
      status: 'good',
      verification: 'facts-proven',
    })
  })
})
