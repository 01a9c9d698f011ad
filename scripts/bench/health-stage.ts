import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { closeDb, type Db, openDb } from '#lib/db/client.ts'
import { migrateDb } from '#lib/db/migrate-db.ts'
import { rollUpLog } from '#lib/health/roll-up-log.ts'
import { createKeyRing } from '#lib/keys.ts'
import { startEmbeddedServer } from '#lib/servers/embedded-server.ts'
import { loadSql } from '#lib/sql/load-sql.ts'
import { policySchema } from '#lib/targets/policy.ts'

const stageSql = loadSql(new URL('./health.sql', import.meta.url))

export const checksPerRun = 80
/** What the log keeps. */
const mostMinutes = 29 * 24 * 60

export interface HealthStore {
  db: Db
  targetId: string
  rows: number
}

export interface HealthStage {
  small: HealthStore
  large: HealthStore
  /** To the large one, for partitions. */
  sql: postgres.Sql
}

/** A control database with so many findings: in one target, or in as many as their age allows. */
async function fillStore(url: string, rows: number): Promise<HealthStore> {
  await migrateDb(url, createKeyRing(Buffer.alloc(32, 7).toString('base64')))
  const db = openDb(url, { applicationName: 'holdfast:bench' })
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  await sql.unsafe(stageSql)
  await sql`select set_config('bench.policy', ${JSON.stringify(policySchema.parse({}))}, false)`
  await sql`set synchronous_commit = off`
  const ids: string[] = []
  for (let minutes = Math.ceil(rows / checksPerRun); minutes > 0; minutes -= mostMinutes) {
    const of = Math.min(minutes, mostMinutes)
    const [row] = await sql<[{ id: string }]>`select bench_target(${`target-${ids.length}`}, ${of}) as id`
    ids.push(row.id)
    process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${of * checksPerRun} findings\n`)
  }
  for (const id of ids) await rollUpLog(db, id, new Date(Date.now() - mostMinutes * 60_000))
  await sql.unsafe('vacuum analyze')
  const [count] = await sql<[{ rows: string }]>`select count(*) as rows from health_log`
  await sql.end()
  return { db, targetId: ids[0]!, rows: Number(count.rows) }
}

/** A server with two control databases, one with a log of hours and one with a log of weeks; all gone afterwards. */
export async function withHealthStage<T>(
  smallRows: number,
  largeRows: number,
  work: (stage: HealthStage) => Promise<T>,
): Promise<T> {
  const home = mkdtempSync(join(tmpdir(), 'holdfast-bench-'))
  chmodSync(home, 0o755)
  const server = await startEmbeddedServer(home)
  const admin = postgres(server.urlFor('postgres'), { max: 1, onnotice: () => {} })
  await admin`alter system set max_wal_size = '8GB'`
  await admin`alter system set autovacuum = off`
  await admin`select pg_reload_conf()`
  await admin`create database small`
  await admin`create database large`
  await admin.end()
  const sql = postgres(server.urlFor('large'), { max: 1, onnotice: () => {} })
  const stores: HealthStore[] = []
  try {
    stores.push(await fillStore(server.urlFor('small'), smallRows))
    stores.push(await fillStore(server.urlFor('large'), largeRows))
    return await work({ small: stores[0]!, large: stores[1]!, sql })
  } finally {
    for (const { db } of stores) await closeDb(db)
    await sql.end({ timeout: 1 })
    await server.stop()
    rmSync(home, { recursive: true, force: true })
  }
}
