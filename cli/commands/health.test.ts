import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { packageRoot } from '#lib/env.ts'
import { unwrap } from '#lib/errors.ts'
import { addTarget } from '#lib/targets/add-target.ts'
import { policySchema } from '#lib/targets/policy.ts'
import {
  createTestDatabase,
  createTestDataDirectory,
  createTestStore,
  type TestStore,
} from '#lib/testing/test-db.ts'
import { testKey } from '#lib/testing/test-key.ts'

describe('holdfast health', { timeout: 120_000 }, () => {
  let store: TestStore
  let data: string

  beforeAll(async () => {
    store = await createTestStore()
    data = createTestDataDirectory()
    const { url } = await createTestDatabase(`
      create table public.orders (id int primary key, total int);
      insert into public.orders values (1, 10), (2, -3)`)
    const policy = policySchema.parse({
      rowCounts: [{ table: 'public.orders' }],
      checks: [
        {
          name: 'totals',
          title: 'No negative totals',
          sql: 'select id, total from public.orders where total < 0',
        },
      ],
    })
    unwrap(await addTarget(store.ctx, { name: 'shop', url, environment: 'staging', policy }))
  })

  const holdfast = (...args: string[]): { status: number | null; out: string; error: string } => {
    const env: NodeJS.ProcessEnv = {
      NODE_ENV: 'test',
      PATH: process.env.PATH,
      HOLDFAST_KEY: testKey,
      HOLDFAST_DATA: data,
      DATABASE_URL: store.url,
    }
    const command = [join(packageRoot, 'cli/holdfast.mjs'), 'health', ...args]
    const ended = spawnSync(process.execPath, command, { encoding: 'utf8', cwd: tmpdir(), env })
    return { status: ended.status, out: ended.stdout, error: ended.stderr }
  }

  it('lists what is planned with its SQL, without running it', () => {
    const listed = holdfast('checks', 'shop', '--area', 'custom', '--sql')
    expect(listed.out).toMatch(/custom\.totals +SQL +every 5 min +No negative totals/)
    expect(listed.out).toContain('select id, total from public.orders where total < 0')
    expect(listed.out).toContain('1 checks.')
  })

  it('runs, ends with 3 when something is wrong, and shows it afterwards with its history', () => {
    const ran = holdfast('run', 'shop', '--json')
    expect(ran.status).toBe(3)
    const { findings } = JSON.parse(ran.out) as { findings: { check: string }[] }
    expect(findings.find(({ check }) => check === 'custom.totals')).toMatchObject({
      area: 'custom',
      status: 'unhealthy',
      severity: 'WARNING',
      affected: 1,
      samples: [{ id: '2', note: 'total -3' }],
    })
    const shown = holdfast('show', 'shop', '--check', 'custom.totals').out
    expect(shown).toContain('unhealthy since')
    expect(shown).toContain('e.g. 2: total -3')
    expect(shown).toMatch(/Z +unhealthy +1 +1/)
  })

  it('tries a check without keeping it, from a file, and refuses one that does more than read', () => {
    const file = join(data, 'check.json')
    writeFileSync(
      file,
      JSON.stringify({
        name: 'sum',
        title: 'Sum',
        sql: 'select sum(total) from public.orders',
        expects: { atLeast: 8 },
      }),
    )
    const summed = holdfast('try', 'shop', file)
    expect(summed).toMatchObject({
      status: 3,
      out: expect.stringContaining('7, where at least 8 is expected.'),
    })
    const refused = holdfast('try', 'shop', '--sql', 'select pg_sleep(1)')
    expect(refused).toMatchObject({ status: 3, error: expect.stringContaining('does more than read') })
  })
})
