import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import type { TestProject } from 'vitest/node'
import { migrateDb } from '#lib/db/migrate-db.ts'
import { createKeyRing } from '#lib/keys.ts'
import { startEmbeddedServer } from '#lib/servers/embedded-server.ts'
import { stopMajorServers } from '#lib/testing/major-servers.ts'
import { testKey } from '#lib/testing/test-key.ts'

declare module 'vitest' {
  interface ProvidedContext {
    serverUrl: string
    /** The directory of this run's throw-away servers. */
    serversHome: string
  }
}

/** One throw-away PostgreSQL for the whole test run, with a migrated control database as template. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const home = mkdtempSync(join(tmpdir(), 'holdfast-test-'))
  chmodSync(home, 0o755)
  const server = await startEmbeddedServer(home, { quickAndUnsafe: true })
  const admin = postgres(server.urlFor('postgres'), { max: 1, onnotice: () => {} })
  await admin`create database holdfast_template`
  await migrateDb(server.urlFor('holdfast_template'), createKeyRing(testKey))
  await admin.end()
  project.provide('serverUrl', server.urlFor('postgres'))
  project.provide('serversHome', home)
  return async () => {
    await stopMajorServers(home)
    await server.stop()
    rmSync(home, { recursive: true, force: true })
  }
}
