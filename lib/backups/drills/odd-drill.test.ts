import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createBackupStage } from '#lib/testing/backup-stage.ts'
import { cleanUp } from '#lib/testing/clean-up.ts'
import { postgresqlMajors, startMajorServer } from '#lib/testing/major-servers.ts'
import { oddDatabaseScript } from '#lib/testing/odd-database.ts'
import { resignManifest, storedFiles } from '#lib/testing/stored-archive.ts'
import { createTestDatabase } from '#lib/testing/test-db.ts'

describe('a drill of the odd database', { timeout: 240_000 }, () => {
  it('proves every fact of it, and names what could not be looked at', async () => {
    const stage = await createBackupStage(oddDatabaseScript)
    const archive = await stage.take('archive')
    expect(archive.error).toBeNull()
    const drill = await stage.drill(archive.id)
    expect(drill.error).toBeNull()
    expect(drill.differences).toEqual([])
    expect(drill.verdict).toBe('passed')
    const unchecked = drill.unchecked.map(({ what }) => what).join('\n')
    expect(unchecked).toMatch(/\d+ indexes other than B-trees/)
    const unlisted = archive.facts!.notCovered.map(({ name }) => name)
    expect(unlisted).toEqual(expect.arrayContaining(['odd.far_away', 'odd.broken']))
  })
})

describe('a drill of an older major', { timeout: 240_000 }, () => {
  const itWithOlder = postgresqlMajors.includes(14) ? it : () => {}
  itWithOlder('is proven on the embedded server', async () => {
    const server = await startMajorServer(14)
    const { url } = await createTestDatabase(
      `create table public.rows (id int primary key, at timestamptz default now(), note text check (note in ('a', 'b')));
       insert into public.rows (id, note) select n, 'a' from generate_series(1, 500) n;
       create view public.seen as select id, note from public.rows where note = 'a'`,
      server,
    )
    const stage = await createBackupStage('', { url: () => url })
    const archive = await stage.take('archive')
    expect(archive.serverVersion).toMatch(/^14/)
    const drill = await stage.drill(archive.id)
    expect(drill.differences).toEqual([])
    expect(drill).toMatchObject({ verdict: 'passed', serverVersion: expect.stringMatching(/^15/) })
  })
})

const disk = `/tmp/holdfast-small-disk-${process.pid}`
const mounted =
  process.geteuid?.() === 0 &&
  spawnSync('sh', ['-c', `mkdir -p ${disk} && mount -t tmpfs -o size=400m,mode=711 tmpfs ${disk}`]).status ===
    0

// Where nothing may be mounted there is no small disk.
if (mounted) {
  describe('a drill server whose disk fills up', { timeout: 240_000 }, () => {
    cleanUp(() => {
      spawnSync('sh', ['-c', `umount -l ${disk}; rmdir ${disk}`])
    })

    it('in the middle of a restore: inconclusive, the archive is as good as before, nothing stays', async () => {
      // Pages that are left empty: far larger than any dump of them lets expect.
      const tables = [1, 2, 3, 4, 5, 6, 7, 8].map(
        (n) => `create table public.t${n} (id int, note text) with (fillfactor = 10);
        insert into public.t${n} select n, md5(n::text) from generate_series(1, 100000) n;`,
      )
      const stage = await createBackupStage(tables.join('\n'))
      const archive = await stage.take('archive')
      resignManifest(storedFiles(stage.data, archive).manifest, stage.store.ctx.keys!, { databaseBytes: 1 })
      // The archive stays where it is; only the drill server moves to the small disk.
      const home = join(disk, 'drill')
      mkdirSync(home, { mode: 0o711 })
      expect(spawnSync('ln', ['-s', home, join(stage.data, 'drill')]).status).toBe(0)
      const drill = await stage.drill(archive.id)
      expect(drill).toMatchObject({ verdict: 'inconclusive', error: { code: 'drill-disk' } })
      expect(drill.phases.map(({ name }) => name)).toContain('restore')
    })
  })
}
