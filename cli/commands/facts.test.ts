import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { packageRoot } from '#lib/env.ts'
import { unwrap } from '#lib/errors.ts'
import { addTarget } from '#lib/targets/add-target.ts'
import { createOddDatabase } from '#lib/testing/odd-database.ts'
import { createTestDataDirectory, createTestStore, type TestStore } from '#lib/testing/test-db.ts'
import { testKey } from '#lib/testing/test-key.ts'

describe('holdfast facts read', { timeout: 60_000 }, () => {
  let store: TestStore
  let data: string

  beforeAll(async () => {
    store = await createTestStore()
    data = createTestDataDirectory()
    const { url } = await createOddDatabase()
    unwrap(await addTarget(store.ctx, { name: 'odd', url, environment: 'staging' }))
  })

  const holdfast = (...args: string[]): string => {
    const env: NodeJS.ProcessEnv = {
      NODE_ENV: 'test',
      PATH: process.env.PATH,
      HOLDFAST_KEY: testKey,
      HOLDFAST_DATA: data,
      DATABASE_URL: store.url,
    }
    const command = [join(packageRoot, 'cli/holdfast.mjs'), 'facts', 'read', 'odd', ...args]
    const ended = spawnSync(process.execPath, command, { encoding: 'utf8', cwd: tmpdir(), env })
    expect(ended.status, ended.stderr).toBe(0)
    return ended.stdout
  }

  it('tells tables, and besides them sequences, constraints, extensions, large objects and what is not covered', () => {
    const text = holdfast()
    expect(text).toMatch(/public\."bazaar-vid_user" +100 +[0-9a-f]{32}/)
    expect(text).toMatch(/large objects +4, 1\.3 MB, [0-9a-f]{32}/)
    expect(text).toContain('pg_trgm 1.6 in odd')
    expect(text).toContain("member's team on odd.members")
    expect(text).toMatch(/odd\.broken +an invalid index/)
    expect(text).not.toContain('planted-canary')
  })

  it('gives programs what it always gave, and more', () => {
    const json = JSON.parse(holdfast('--json'))
    expect(json).toMatchObject({
      takenAt: expect.stringMatching(/Z$/),
      schemaFingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
      tables: expect.arrayContaining([
        { table: 'public."bazaar-vid_user"', rows: 100, checksum: expect.stringMatching(/^[0-9a-f]{32}$/) },
      ]),
      notCovered: expect.arrayContaining([{ name: 'odd.broken', reason: expect.any(String) }]),
      format: 2,
      sequences: expect.arrayContaining([{ sequence: 'odd.tickets', lastValue: '995', isCalled: true }]),
      largeObjects: { count: 4, bytes: 1_320_006 },
      notValidated: expect.arrayContaining(['late on odd.members']),
      globals: { database: { encoding: 'UTF8' } },
    })
    expect(JSON.stringify(json)).not.toContain('planted-canary')
  })
})
