import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { packageRoot } from '#lib/env.ts'
import { unwrap } from '#lib/errors.ts'
import { addTarget } from '#lib/targets/add-target.ts'
import {
  createTestDatabase,
  createTestDataDirectory,
  createTestPerson,
  createTestStore,
  type TestStore,
} from '#lib/testing/test-db.ts'
import { testKey } from '#lib/testing/test-key.ts'

let store: TestStore
let data: string

beforeAll(async () => {
  store = await createTestStore()
  data = createTestDataDirectory()
  const database = await createTestDatabase('create table public.orders (id int primary key)')
  unwrap(await addTarget(store.ctx, { name: 'shop', url: database.url, environment: 'staging' }))
})

function holdfast(args: string[], env: Record<string, string> = {}) {
  const ended = spawnSync(process.execPath, [join(packageRoot, 'cli/holdfast.mjs'), ...args], {
    encoding: 'utf8',
    // From anywhere, not only from the checkout.
    cwd: tmpdir(),
    env: {
      NODE_ENV: 'test',
      PATH: process.env.PATH,
      HOLDFAST_KEY: testKey,
      HOLDFAST_DATA: data,
      DATABASE_URL: store.url,
      ...env,
    },
  })
  return {
    code: ended.status,
    stdout: ended.stdout,
    stderr: ended.stderr,
    json: () => JSON.parse(ended.stdout),
  }
}

describe('the terminal door', { timeout: 60_000 }, () => {
  test('prints one JSON document on stdout, from any directory', () => {
    const { code, json } = holdfast(['targets', 'list', '--json'])
    expect(code).toBe(0)
    expect(JSON.stringify(json())).toContain('"name":"shop"')
  })

  test('prints a table without --json, and no colours where there is no terminal', () => {
    const { code, stdout } = holdfast(['targets', 'list'])
    expect(code).toBe(0)
    expect(stdout).toContain('shop')
    expect(stdout).not.toContain('\x1b[')
  })

  test('ends with 4 and a hint when there is no such thing', () => {
    const { code, json } = holdfast(['targets', 'show', 'nowhere', '--json'])
    expect(code).toBe(4)
    expect(json().error).toMatchObject({
      code: 'target-not-found',
      hint: expect.stringContaining('holdfast'),
    })
  })

  test('ends with 2 for wrong usage, in JSON too', () => {
    expect(holdfast(['targets', 'list', '--nonsense']).code).toBe(2)
    const { code, json } = holdfast(['nonsense', '--json'])
    expect(code).toBe(2)
    expect(json().error).toMatchObject({ code: 'usage', message: expect.any(String) })
  })

  test('ends with 1 when the control database is not there', () => {
    const { code, json } = holdfast(['targets', 'list', '--json'], {
      DATABASE_URL: 'postgresql://x:y@127.0.0.1:1/x',
    })
    expect(code).toBe(1)
    expect(json().error).toMatchObject({ code: 'database-unreachable', hint: expect.any(String) })
  })

  test('ends with 2 and says so for a malformed DATABASE_URL or HOLDFAST_KEY', () => {
    expect(holdfast(['targets', 'list'], { DATABASE_URL: 'mysql://x' })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('DATABASE_URL is not a postgresql:// URL'),
    })
    expect(holdfast(['targets', 'list'], { HOLDFAST_KEY: 'short' })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('openssl rand -base64 32'),
    })
  })

  test('refuses a wrong password with 3, and shows the password nowhere', async () => {
    const { actor } = await createTestPerson(store, 'admin', 'ada@example.com')
    expect(actor.kind).toBe('user')
    const { code, stdout, stderr, json } = holdfast(
      ['targets', 'list', '--as', 'ada@example.com', '--json'],
      {
        HOLDFAST_PASSWORD: 'not-her-password',
      },
    )
    expect(code).toBe(3)
    expect(json().error.code).toBe('sign-in-refused')
    expect(stdout + stderr).not.toContain('not-her-password')
  })

  test('does the work itself when no worker runs, with its phases on stderr', () => {
    const { code, json, stderr } = holdfast(['health', 'run', 'shop', '--json'])
    expect([0, 3]).toContain(code)
    expect(json().findings.length).toBeGreaterThan(0)
    expect(stderr).toContain('health.run: ')
  })
})
