import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import type { Ctx } from '#lib/context.ts'
import { closeDb, openDb } from '#lib/db/client.ts'
import { migrateDb } from '#lib/db/migrate-db.ts'
import { unwrap } from '#lib/errors.ts'
import { createKeyRing } from '#lib/keys.ts'
import { startEmbeddedServer } from '#lib/servers/embedded-server.ts'
import { loadSql } from '#lib/sql/load-sql.ts'
import { addTarget } from '#lib/targets/add-target.ts'

const tablesSql = loadSql(new URL('./archives.sql', import.meta.url))

export interface ArchiveStage {
  ctx: Ctx
  controlUrl: string
  /** Of the installation, as base64. */
  key: string
  /** The database to archive, as its superuser. */
  url: string
  sql: postgres.Sql
  target: string
  targetId: string
  /** Archives and plain dumps go to the same disk. */
  directory: string
}

/** Sentences of words, some common and most rare, as people write: about a third of their size with zstd or gzip. */
const note = `(select string_agg(w.word, ' ') from (
    select (1 + 3999 * power(random(), 3))::int as pick from generate_series(1, 12 + n % 9)) p join public.words w on w.id = p.pick)`

async function fill(sql: postgres.Sql, rows: number): Promise<void> {
  await sql.unsafe(tablesSql)
  await sql.unsafe(`insert into public.customers
    select n, 'person.' || n || '@example.com', 'Person ' || n, (array['DE', 'FR', 'PL', 'US'])[1 + n % 4]
    from generate_series(1, ${Math.ceil(rows / 40)}) n`)
  const part = Math.ceil(rows / 8)
  for (let first = 1; first <= rows; first += part) {
    await sql.unsafe(`insert into public.orders
      select n, 1 + (random() * ${Math.ceil(rows / 40)})::int, now() - n * interval '13 seconds',
        (array['paid', 'paid', 'paid', 'shipped', 'open', 'returned'])[1 + (random() * 5)::int], (random() * 900)::numeric(12, 2),
        gen_random_uuid(), ${note},
        jsonb_build_object('source', (array['web', 'app', 'phone'])[1 + n % 3], 'items', 1 + n % 7, 'weight', round((random() * 40)::numeric, 3),
          'address', jsonb_build_object('street', 'Street ' || (random() * 4000)::int, 'zip', lpad((random() * 99999)::int::text, 5, '0')))
      from generate_series(${first}, ${Math.min(first + part - 1, rows)}) n`)
  }
  await sql`create index on public.orders (customer_id)`
  await sql`vacuum analyze`
  await sql`checkpoint`
}

/** A server with a control database and a registered target of this many orders; all gone afterwards. */
export async function withArchiveStage<T>(
  rows: number,
  work: (stage: ArchiveStage) => Promise<T>,
): Promise<T> {
  const home = mkdtempSync(join(tmpdir(), 'holdfast-bench-'))
  chmodSync(home, 0o755)
  const directory = join(home, 'data')
  mkdirSync(directory, { mode: 0o711 })
  const dataBefore = process.env.HOLDFAST_DATA
  process.env.HOLDFAST_DATA = directory
  const server = await startEmbeddedServer(home)
  const admin = postgres(server.urlFor('postgres'), { max: 1, onnotice: () => {} })
  await admin`alter system set max_wal_size = '8GB'`
  await admin`select pg_reload_conf()`
  await admin`create database control`
  await admin`create database shop`
  await admin.end()
  const key = Buffer.alloc(32, 5).toString('base64')
  const keys = createKeyRing(key)
  const controlUrl = server.urlFor('control')
  await migrateDb(controlUrl, keys)
  const db = openDb(controlUrl, { applicationName: 'holdfast:bench' })
  const url = server.urlFor('shop')
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    await fill(sql, rows)
    const ctx: Ctx = { db, keys, actor: { kind: 'operator', osUser: 'bench', host: 'bench' } }
    const added = unwrap(await addTarget(ctx, { name: 'shop', url, environment: 'development' }))
    return await work({ ctx, controlUrl, key, url, sql, target: 'shop', targetId: added.id, directory })
  } finally {
    await sql.end({ timeout: 1 })
    await closeDb(db)
    await server.stop()
    rmSync(home, { recursive: true, force: true })
    if (dataBefore === undefined) delete process.env.HOLDFAST_DATA
    else process.env.HOLDFAST_DATA = dataBefore
  }
}
