import { randomBytes } from 'node:crypto'
import { chmodSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { inject } from 'vitest'
import { sessions, users } from '#drizzle/schema/auth.ts'
import type { Actor, Ctx, Role } from '#lib/context.ts'
import { closeDb, type Db, openDb } from '#lib/db/client.ts'
import { createKeyRing } from '#lib/keys.ts'
import { isAlive } from '#lib/servers/is-alive.ts'
import { cleanUp } from '#lib/testing/clean-up.ts'
import { testKey } from '#lib/testing/test-key.ts'

const ownServer = (): string => inject('serverUrl')

const admin = (server: string) => postgres(server, { max: 1, onnotice: () => {} })

/** The URL of a database on the test run's server, or on another one. */
export function testUrl(database: string, server: string = ownServer()): string {
  const url = new URL(server)
  url.pathname = `/${encodeURIComponent(database)}`
  return url.toString()
}

async function createDatabase(prefix: string, template: string, server: string): Promise<string> {
  const database = `${prefix}_${randomBytes(6).toString('hex')}`
  const sql = admin(server)
  try {
    // Creating from a template fails while another file copies it; the copy takes a moment only.
    for (let attempt = 1; ; attempt++) {
      try {
        await sql.unsafe(`create database ${database} template ${template}`)
        return database
      } catch (error) {
        if ((error as { code?: string }).code !== '55006' || attempt > 100) throw error
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    }
  } finally {
    await sql.end()
  }
}

async function dropDatabase(database: string, server: string): Promise<void> {
  const sql = admin(server)
  await sql.unsafe(`drop database if exists "${database}" with (force)`)
  await sql.end()
}

export interface TestStore {
  db: Db
  url: string
  /** A context of the host's operator, with the key ring: may do everything but approve. */
  ctx: Ctx
}

/** A migrated control database for one test file, dropped at its end. Call at the top of `describe` or in `beforeAll`. */
export async function createTestStore(): Promise<TestStore> {
  const database = await createDatabase('store', 'holdfast_template', ownServer())
  const url = testUrl(database)
  const db = openDb(url, { applicationName: 'holdfast:test' })
  cleanUp(async () => {
    await closeDb(db)
    await dropDatabase(database, ownServer())
  })
  const actor: Actor = { kind: 'operator', osUser: 'tester', host: 'test' }
  return { db, url, ctx: { db, actor, keys: createKeyRing(testKey) } }
}

/** An empty database for one test file, to play the target; `script` is run in it. On the test run's server unless told. Dropped at the file's end. */
export async function createTestDatabase(
  script = '',
  server: string = ownServer(),
): Promise<{ url: string; database: string; sql: postgres.Sql }> {
  const database = await createDatabase('target', 'template1', server)
  const url = testUrl(database, server)
  const sql = postgres(url, { max: 5, onnotice: () => {} })
  cleanUp(async () => {
    await sql.end({ timeout: 1 })
    await dropDatabase(database, server)
  })
  if (script) await sql.unsafe(script)
  return { url, database, sql }
}

/** A signed-in person of this role, able to approve at once. */
export async function createTestPerson(
  store: TestStore,
  role: Role,
  email = `${role}-${randomBytes(4).toString('hex')}@example.com`,
): Promise<Ctx> {
  const [user] = await store.db
    .insert(users)
    .values({ email, name: email, role, createdBy: 'test', approverFrom: new Date(0) })
    .returning()
  const [session] = await store.db
    .insert(sessions)
    .values({
      userId: user!.id,
      sessionVersion: user!.sessionVersion,
      expiresAt: new Date(Date.now() + 3_600_000),
    })
    .returning()
  return {
    db: store.db,
    keys: null,
    actor: { kind: 'user', userId: user!.id, email, role, sessionId: session!.id },
  }
}

/** Servers that run on in a data directory, for drills and rescues: they would stay after the test run. */
async function endServersIn(data: string): Promise<void> {
  for (const file of globSync('*/cluster/postmaster.pid', { cwd: data })) {
    const pid = Number(readFileSync(join(data, file), 'utf8').split('\n')[0])
    if (!isAlive(pid)) continue
    process.kill(pid, 'SIGINT')
    for (let wait = 0; wait < 100 && isAlive(pid); wait++)
      await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** An own data directory for one test file (archives, drill server), removed at the file's end. */
export function createTestDataDirectory(): string {
  const data = mkdtempSync(join(tmpdir(), 'holdfast-data-'))
  // The embedded server's account has to pass through it.
  chmodSync(data, 0o711)
  process.env.HOLDFAST_DATA = data
  cleanUp(async () => {
    await endServersIn(data)
    rmSync(data, { recursive: true, force: true })
  })
  return data
}
