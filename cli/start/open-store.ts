import { join } from 'node:path'
import postgres from 'postgres'
import { takeLock } from '#cli/start/lock-file.ts'
import { step } from '#cli/start/steps.ts'
import { migrateDb } from '#lib/db/migrate-db.ts'
import {
  controlDatabaseUrl,
  dataDirectory,
  ensureDataDirectory,
  rememberControlDatabaseUrl,
} from '#lib/env.ts'
import { AppError } from '#lib/errors.ts'
import type { KeyRing } from '#lib/keys.ts'
import { log } from '#lib/log.ts'
import { assertNotUnfinished } from '#lib/restores/from-store/empty-database.ts'
import { type EmbeddedServer, startEmbeddedServer } from '#lib/servers/embedded-server.ts'

export interface Store {
  url: string
  /** Null when DATABASE_URL names a server that is not ours. */
  server: EmbeddedServer | null
  close(): Promise<void>
}

const home = (): string => join(dataDirectory(), 'postgres')
const controlDatabase = 'holdfast'
const lookEveryMs = 5000

/** Starts (or adopts) the embedded server unless DATABASE_URL is set, and brings the control database to this version. */
export async function openStore(keys: KeyRing): Promise<Store> {
  if (process.env.DATABASE_URL) {
    const url = controlDatabaseUrl()
    await step('Control database', () => bringUp(url, keys))
    return { url, server: null, close: async () => {} }
  }
  const server = await step(
    'PostgreSQL',
    () => startEmbeddedServer(home()),
    ({ port, started }) => `PostgreSQL ${started ? 'started' : 'found running'} on port ${port}`,
  )
  try {
    const url = server.urlFor(controlDatabase)
    await step('Control database', async () => {
      await createControlDatabase(server)
      await bringUp(url, keys)
      rememberControlDatabaseUrl(url)
    })
    const watch = watchServer(server)
    return {
      url,
      server,
      async close() {
        await watch.end()
        await server.stop()
      },
    }
  } catch (error) {
    await server.stop()
    throw error
  }
}

async function bringUp(url: string, keys: KeyRing): Promise<void> {
  await assertNotUnfinished(url)
  await migrateDb(url, keys)
}

/**
 * The place that a control database is restored into, for the duration of `work`: the one of DATABASE_URL, or a new one in
 * the embedded server, which is stopped again when it was started for this. Throws AppError `already-running`.
 */
export async function withControlDatabase<T>(work: (url: string) => Promise<T>): Promise<T> {
  if (process.env.DATABASE_URL) return work(controlDatabaseUrl())
  const lock = takeLock(join(ensureDataDirectory(), 'start.lock'))
  if ('heldBy' in lock) {
    throw new AppError('already-running', 'Holdfast runs on this data directory.', {
      kind: 'refused',
      hint: `Stop it (process ${lock.heldBy.pid}), or give another directory in HOLDFAST_DATA.`,
    })
  }
  try {
    const server = await startEmbeddedServer(home())
    try {
      await createControlDatabase(server)
      const url = server.urlFor(controlDatabase)
      const result = await work(url)
      rememberControlDatabaseUrl(url)
      return result
    } finally {
      await server.stop()
    }
  } finally {
    lock.release()
  }
}

async function createControlDatabase(server: EmbeddedServer): Promise<void> {
  const sql = postgres(server.urlFor('postgres'), { max: 1, onnotice: () => {} })
  try {
    const [known] = await sql`select 1 as one from pg_database where datname = ${controlDatabase}`
    if (!known) await sql`create database ${sql(controlDatabase)}`
  } finally {
    await sql.end()
  }
}

/** Starts the embedded server again when it died; it keeps its port, so that everybody finds it again. */
function watchServer(server: EmbeddedServer): { end(): Promise<void> } {
  let ended = false
  let looking: Promise<void> = Promise.resolve()
  const look = async () => {
    const sql = postgres(server.urlFor('postgres'), { max: 1, connect_timeout: 5, onnotice: () => {} })
    try {
      await sql`select 1`
    } catch (error) {
      // A full server refuses connections too; only one that cannot be reached is started again.
      if (ended || (error as { code?: string }).code !== 'ECONNREFUSED') return
      log.error('the embedded PostgreSQL is gone; starting it again')
      await startEmbeddedServer(home()).catch((failure) => log.error({ err: failure }, 'it did not start'))
    } finally {
      await sql.end({ timeout: 1 })
    }
  }
  const timer = setInterval(() => {
    looking = looking.then(() => (ended ? undefined : look()))
  }, lookEveryMs)
  return {
    async end() {
      ended = true
      clearInterval(timer)
      await looking
    },
  }
}
