import { readFileSync, rmSync } from 'node:fs'
import postgres from 'postgres'
import { beforeAll, describe, expect, it } from 'vitest'
import { withDrillServer } from '#lib/backups/drills/drill-server.ts'
import { requestDrill } from '#lib/backups/drills/request-drill.ts'
import { getBackup, measureProtection } from '#lib/backups/queries.ts'
import type { ArchiveManifest, BackupDetails, SignedArchiveManifest } from '#lib/backups/types.ts'
import { type BackupStage, createBackupStage, oddScript } from '#lib/testing/backup-stage.ts'
import { publicDatabases, readPublicData } from '#lib/testing/public-data.ts'
import { resignManifest, storedFiles } from '#lib/testing/stored-archive.ts'
import { testUrl } from '#lib/testing/test-db.ts'

describe('a drill', { timeout: 120_000 }, () => {
  let stage: BackupStage
  let archive: BackupDetails

  beforeAll(async () => {
    stage = await createBackupStage(oddScript)
    archive = await stage.take('archive')
  })

  const scratchDatabases = () =>
    withDrillServer(
      stage.store.ctx,
      ({ admin }) => admin`select datname from pg_database where datname like 'holdfast_scratch%'`,
    )

  it('restores the archive elsewhere, proves equal facts, measures the time and leaves nothing behind', async () => {
    const drill = await stage.drill()
    expect(drill.error).toBeNull()
    expect(drill.differences).toEqual([])
    expect(drill).toMatchObject({ verdict: 'passed', backupId: archive.id })
    expect(drill.phases.map(({ name }) => name)).toEqual([
      'authenticate',
      'prepare',
      'restore',
      'facts',
      'compare',
      'checks',
      'amcheck',
      'clean up',
    ])
    expect(drill.phases.every(({ durationMs }) => durationMs >= 0)).toBe(true)
    expect(drill.recoveryMs).toBeGreaterThan(0)
    expect(await getBackup(stage.store.db, archive.id)).toMatchObject({
      verification: 'facts-proven',
      status: 'good',
    })
    const protection = await measureProtection(stage.store.db, stage.target.id, new Date())
    expect(protection).toMatchObject({
      recoveryMs: drill.recoveryMs,
      provenDrillId: drill.id,
      provenAt: drill.finishedAt,
    })
    expect(await scratchDatabases()).toHaveLength(0)
  })

  /** Takes an archive and signs other facts for it, as if the dump had been made of other rows. */
  const takeWithOtherFacts = async (change: (signed: SignedArchiveManifest['manifest']) => void) => {
    const backup = await stage.take('archive')
    const path = storedFiles(stage.data, backup).manifest
    const { manifest } = JSON.parse(readFileSync(path, 'utf8')) as SignedArchiveManifest
    change(manifest)
    resignManifest(path, stage.store.ctx.keys!, manifest)
    return backup
  }

  it.each([
    [
      'one row',
      'rows',
      (m: SignedArchiveManifest['manifest']) => {
        m.facts.tables[0]!.rows += 1
      },
    ],
    [
      'one value',
      'checksum',
      (m: SignedArchiveManifest['manifest']) => {
        m.facts.tables[0]!.checksum = '0'.repeat(32)
      },
    ],
    [
      'a table',
      'missing',
      (m: SignedArchiveManifest['manifest']) => {
        m.facts.tables[0] = { ...m.facts.tables[0]!, name: 'another' }
      },
    ],
    [
      'a sequence position',
      'sequence',
      (m: SignedArchiveManifest['manifest']) => {
        const sequence = m.facts.sequences.find(({ name }) => name.includes('mail'))!
        sequence.lastValue = '301'
        m.sequencesUpTo = m.facts.sequences
      },
    ],
    [
      'a constraint',
      'constraint',
      (m: SignedArchiveManifest['manifest']) => {
        m.facts.constraints[0]!.validated = false
      },
    ],
    [
      'a trigger',
      'definition',
      (m: SignedArchiveManifest['manifest']) => {
        m.facts.definitions.push('trigger O: lost')
      },
    ],
  ])('fails, and names it, when %s differs', async (_, kind, change) => {
    const backup = await takeWithOtherFacts(change)
    const drill = await stage.drill(backup.id)
    expect(drill).toMatchObject({ verdict: 'failed', error: null })
    expect(drill.differences[0]).toMatchObject({ kind })
    expect(await getBackup(stage.store.db, backup.id)).toMatchObject({
      verification: 'restored',
      status: 'suspicious',
    })
    expect(await scratchDatabases()).toHaveLength(0)
  })

  it('passes for an archive that was taken while sequences moved on', async () => {
    let moving = true
    const mover = (async () => {
      while (moving) await stage.target.sql`select nextval('public.tickets')`
    })()
    const busy = await stage.take('archive')
    moving = false
    await mover
    expect(busy.facts!.sequences).not.toEqual((busy.manifest as ArchiveManifest).sequencesUpTo)
    const drill = await stage.drill(busy.id)
    expect(drill.differences).toEqual([])
    expect(drill).toMatchObject({ verdict: 'passed' })
  })

  it('is inconclusive, never passed, when the surroundings are bad', async () => {
    const lacking = await takeWithOtherFacts((manifest) => manifest.extensions.push('no_such_extension'))
    expect(await stage.drill(lacking.id)).toMatchObject({
      verdict: 'inconclusive',
      error: { code: 'drill-extension' },
    })
    const newer = await takeWithOtherFacts((manifest) => {
      manifest.serverVersionNumber = 990_000
    })
    expect(await stage.drill(newer.id)).toMatchObject({
      verdict: 'inconclusive',
      error: { code: 'drill-server-old' },
    })
    expect(await getBackup(stage.store.db, newer.id)).toMatchObject({
      verification: 'listed',
      status: 'good',
    })
  })

  it('never runs on the cluster of a target', async () => {
    process.env.HOLDFAST_DRILL_URL = testUrl('postgres')
    try {
      const drill = await stage.drill(archive.id)
      expect(drill).toMatchObject({ verdict: 'inconclusive', error: { code: 'drill-on-target' } })
    } finally {
      delete process.env.HOLDFAST_DRILL_URL
    }
  })

  it('is inconclusive when the drill server is down', async () => {
    process.env.HOLDFAST_DRILL_URL = 'postgresql://holdfast:x@127.0.0.1:1/postgres'
    try {
      const drill = await stage.drill(archive.id)
      expect(drill).toMatchObject({ verdict: 'inconclusive', error: { code: 'drill-server-down' } })
    } finally {
      delete process.env.HOLDFAST_DRILL_URL
    }
  })

  it('removes what a killed drill left', async () => {
    await withDrillServer(stage.store.ctx, async ({ admin }) => {
      await admin`create database holdfast_scratch_0123456789ab`
      expect(await stage.drill(archive.id)).toMatchObject({ verdict: 'passed' })
      expect(await admin`select from pg_database where datname like 'holdfast_scratch%'`).toHaveLength(0)
    })
  })

  it('is refused for a snapshot, for a foreign backup and while one runs', async () => {
    const ask = (backupId: string) => requestDrill(stage.store.ctx, { target: stage.target.name, backupId })
    expect(await ask(archive.id)).toMatchObject({ ok: true })
    expect(await ask(archive.id)).toMatchObject({ ok: false, refusal: { code: 'drill-under-way' } })
  })

  it('stops the drill server when nobody uses it any more', async () => {
    const url = await withDrillServer(stage.store.ctx, async ({ urlFor }) => urlFor('postgres'))
    const sql = postgres(url, { max: 1, connect_timeout: 2 })
    await expect(sql`select 1`).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    await sql.end()
  })
})

for (const name of publicDatabases) {
  it(`of the public database ${name} is proven`, { timeout: 120_000 }, async () => {
    const stage = await createBackupStage(readPublicData(name))
    const archive = await stage.take('archive')
    expect(archive).toMatchObject({ status: 'good', verification: 'listed' })
    expect(archive.facts!.tables.length).toBeGreaterThan(10)
    const drill = await stage.drill()
    expect(drill.differences).toEqual([])
    expect(drill).toMatchObject({ verdict: 'passed' })
    rmSync(stage.data, { recursive: true, force: true })
  })
}
