import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import postgres from 'postgres'
import { beforeAll, describe, expect, test } from 'vitest'
import { confinement } from '#cli/start/confinement.ts'
import { packageRoot } from '#lib/env.ts'
import { findFreePort } from '#lib/servers/embedded-server.ts'
import { isAlive } from '#lib/servers/is-alive.ts'
import { type RunningProgram, startProgram, waitFor } from '#lib/testing/program.ts'
import { createTestDataDirectory } from '#lib/testing/test-db.ts'
import { testKey } from '#lib/testing/test-key.ts'

const startWithin = 300_000

let data: string
let port: number
let running: RunningProgram

const start = (...more: string[]): RunningProgram =>
  startProgram('cli/main.ts', ['start', '--no-demo', '--port', String(port), '--data', data, ...more], {})

const holdfast = (...args: string[]): { status: number | null; json: unknown } => {
  const { status, stdout } = spawnSync(
    process.execPath,
    [join(packageRoot, 'cli/main.ts'), ...args, '--json'],
    {
      encoding: 'utf8',
      env: { ...process.env, HOLDFAST_DATA: data, HOLDFAST_KEY: testKey, DATABASE_URL: '' },
    },
  )
  return { status, json: JSON.parse(stdout) as unknown }
}

const serves = async (): Promise<boolean> => {
  try {
    return (await fetch(`http://localhost:${port}/api/health`)).ok
  } catch {
    return false
  }
}

const untilReady = (program: RunningProgram) =>
  waitFor(
    `the start to be done; it said: ${program.output()}`,
    () => {
      if (program.child.exitCode !== null) throw new Error(program.output())
      return program.output().includes('Holdfast is at')
    },
    startWithin,
  )

const controlUrl = (): string => readFileSync(join(data, 'control.url'), 'utf8')

/** The processes that one start began, by what the worker and the web part say of themselves. */
async function sessions(): Promise<{ role: string; name: string }[]> {
  const sql = postgres(controlUrl(), { max: 1 })
  try {
    return await sql`
      select usename as role, application_name as name from pg_stat_activity where application_name like 'holdfast:%'`
  } finally {
    await sql.end()
  }
}

beforeAll(() => {
  data = createTestDataDirectory()
})

describe('holdfast start', { timeout: startWithin }, () => {
  test('serves the pages and prints where, and how the first admin gets in', async () => {
    port = await findFreePort()
    running = start()
    await untilReady(running)
    expect(await serves()).toBe(true)
    expect(running.output()).toContain(`http://localhost:${port}/welcome/`)
  })

  test('gives the web part an account of its own that reads no credential and no audit key', async () => {
    await serves()
    const web = (await sessions()).filter(({ name }) => name === 'holdfast:web')
    expect(web.length).toBeGreaterThan(0)
    expect(new Set(web.map(({ role }) => role))).toEqual(new Set(['holdfast_web']))
    expect(
      (await sessions()).some(({ role, name }) => name === 'holdfast:worker' && role === 'holdfast'),
    ).toBe(true)
  })

  test('says that it already runs when it is started again, and where', async () => {
    const second = start()
    expect(await second.ended).toBe(3)
    expect(second.output()).toContain(`already runs on this data at http://localhost:${port}`)
    expect(await serves()).toBe(true)
  })

  test('ends everything on Ctrl-C, cleanly', async () => {
    const url = controlUrl()
    running.child.kill('SIGINT')
    expect(await running.ended).toBe(0)
    expect(await serves()).toBe(false)
    const sql = postgres(url, { max: 1, connect_timeout: 3 })
    await expect(sql`select 1`).rejects.toThrow('ECONNREFUSED')
    await sql.end()
  })

  test('keeps its data over a restart', async () => {
    running = start()
    await untilReady(running)
    const added = holdfast('users', 'add', 'kept@example.com', '--role', 'viewer')
    expect(added.status).toBe(0)
    running.child.kill('SIGTERM')
    expect(await running.ended).toBe(0)
    running = start()
    await untilReady(running)
    expect(JSON.stringify(holdfast('users', 'list').json)).toContain('kept@example.com')
  })

  test('killed with -9 it takes web and worker along, and the next start recovers', async () => {
    const children = childrenOf(running.pid)
    expect(children.length).toBeGreaterThanOrEqual(2)
    running.child.kill('SIGKILL')
    await running.ended
    await waitFor('web and worker to end', () => children.every((pid) => !isAlive(pid)))
    running = start()
    await untilReady(running)
    expect(running.output()).toContain('found running')
    expect(await serves()).toBe(true)
  })

  test('starts a web part and a worker again that were killed', async () => {
    const before = childrenOf(running.pid)
    for (const pid of before) process.kill(pid, 'SIGKILL')
    await waitFor('new children', () => {
      const now = childrenOf(running.pid)
      return now.length >= 2 && now.every((pid) => !before.includes(pid))
    })
    await waitFor('the pages', serves)
    running.child.kill('SIGTERM')
    expect(await running.ended).toBe(0)
  })
})

test('the confined web process reads neither the key nor starts a program', () => {
  const attempt = (code: string) =>
    spawnSync(process.execPath, [...confinement(), '-e', code], { encoding: 'utf8', cwd: packageRoot }).stderr
  expect(attempt(`require('fs').readFileSync('${join(data, 'holdfast.key')}')`)).toContain(
    'ERR_ACCESS_DENIED',
  )
  expect(attempt(`require('fs').readFileSync('${join(packageRoot, '.holdfast/holdfast.key')}')`)).toContain(
    'ERR_ACCESS_DENIED',
  )
  expect(attempt(`require('child_process').execSync('id')`)).toContain('ERR_ACCESS_DENIED')
  expect(attempt(`require('fs').readFileSync('package.json')`)).toBe('')
})

function childrenOf(pid: number): number[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
  return stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter(([, parent]) => parent === pid)
    .map(([child]) => child!)
}
