import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { BackupDetails } from '#lib/backups/types.ts'
import { packageRoot } from '#lib/env.ts'
import { type BackupStage, createBackupStage } from '#lib/testing/backup-stage.ts'
import { createTestDatabase } from '#lib/testing/test-db.ts'
import { testKey } from '#lib/testing/test-key.ts'

describe('restores from-store at the terminal, with no control database', { timeout: 120_000 }, () => {
  let stage: BackupStage
  let archive: BackupDetails
  beforeAll(async () => {
    stage = await createBackupStage(
      'create table public.a (id int primary key); insert into public.a select generate_series(1, 500)',
    )
    archive = await stage.take('archive')
  }, 120_000)

  const run = (args: string[], extra: Record<string, string> = {}) => {
    const { DATABASE_URL: _, HOLDFAST_KEY: __, ...rest } = process.env
    return spawnSync(
      process.execPath,
      [
        join(packageRoot, 'cli/main.ts'),
        'restores',
        'from-store',
        join(stage.data, 'archives'),
        ...args,
        '--json',
      ],
      {
        encoding: 'utf8',
        env: { ...rest, HOLDFAST_DATA: join(stage.data, 'nowhere'), HOLDFAST_KEY: testKey, ...extra },
      },
    )
  }

  it('lists, restores and proves from the store and the key alone', async () => {
    const listed = run(['--list'])
    expect(JSON.parse(listed.stdout)).toMatchObject({
      targets: [{ name: stage.target.name, archives: [{ id: archive.id, verification: null }] }],
      problems: [],
    })
    const empty = await createTestDatabase()
    const restored = run(['--restore', stage.target.name], { HOLDFAST_TARGET_URL: empty.url })
    expect(restored.status).toBe(0)
    expect(JSON.parse(restored.stdout)).toMatchObject({
      id: archive.id,
      verdict: 'passed',
      verification: 'facts-proven',
      rows: 500,
      differences: [],
    })
    expect(restored.stdout + restored.stderr).not.toContain(new URL(empty.url).password)
  })

  it('leaves, when it is killed, a database that is empty or says that it is not whole; repeating it ends well', async () => {
    const url = { HOLDFAST_TARGET_URL: '' }
    for (const place of ['restores.before-restore', 'restores.before-proof']) {
      const empty = await createTestDatabase()
      url.HOLDFAST_TARGET_URL = empty.url
      const killed = run(['--restore', archive.id], { ...url, HOLDFAST_FAILPOINT: `${place}:kill` })
      expect(killed.signal).toBe('SIGKILL')
      const [row] = await empty.sql`
        select shobj_description(oid, 'pg_database') as mark, to_regclass('public.a') is not null as there
        from pg_database where datname = current_database()`
      expect(row!.mark).toContain(`unfinished restore of archive ${archive.id}`)
      const again = run(['--restore', archive.id], url)
      if (row!.there) {
        expect(again.status).toBe(3)
        expect(JSON.parse(again.stdout).error.code).toBe('restore-unfinished')
      } else expect(again.status).toBe(0)
    }
  })

  it('says which key is missing or wrong, and never makes a new one', () => {
    const none = run(['--list'], { HOLDFAST_KEY: '' })
    expect(none.status).toBe(3)
    expect(JSON.parse(none.stdout).error.code).toBe('key-missing')
    const wrong = run(['--list'], { HOLDFAST_KEY: Buffer.alloc(32, 'another').toString('base64') })
    expect(wrong.status).toBe(3)
    expect(JSON.parse(wrong.stdout).error).toMatchObject({ code: 'archive-other-key' })
  })
})
