import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { startEmbeddedServer } from '#lib/servers/embedded-server.ts'
import { loadSql } from '#lib/sql/load-sql.ts'
import { listTables } from '#lib/targets/introspect.ts'
import { connectToUrl } from '#lib/targets/open-target.ts'
import type { Table } from '#lib/targets/types.ts'

const tablesSql = loadSql(new URL('./rows.sql', import.meta.url))

export interface RowsStage {
  /** A session as a restore has it, in the database with the live tables and their copies. */
  sql: postgres.Sql
  /** One as it reads another database, with an equal table. */
  other: postgres.Sql
  big: { live: Table; copy: Table; there: Table }
  /** Its live table lacks every tenth row. */
  lossy: { live: Table; copy: Table }
  bytes: { big: number; lossy: number }
}

export const lostRow = (alias: string): string => `${alias}.number % 10 = 3`

async function fill(sql: postgres.Sql, bigRows: number, lossyRows: number): Promise<void> {
  await sql.unsafe(tablesSql)
  await sql.unsafe(`insert into bench.orders
    select n, n % 250000, (array['paid', 'open', 'shipped'])[1 + n % 3], (n % 90000) / 100.0,
      timestamptz '2026-01-01' + n * interval '3 seconds', 'order ' || md5(n::text)
    from generate_series(1, ${bigRows}) n`)
  await sql.unsafe(`
    insert into bench.lossy
    select md5('id' || n)::uuid, md5('organization' || n % 2000)::uuid, md5('user' || n % 100000)::uuid, md5('to' || n % 2000)::uuid,
      (array['USER_MEMBER_OF_ORG', 'HAS_STATUS', 'REPORTS_TO'])[1 + n % 3], 'forward', 1.0,
      jsonb_build_object('role', 'staff', 'since', n, 'source', 'import'), 'HERA.AUTH.MEMBER.REL.' || n % 50 || '.v1', 'LIVE', 0.0,
      null, '{}', '{}', '{}', true, timestamptz '2026-01-01' + n * interval '1 second', null,
      timestamptz '2026-01-01' + n * interval '1 second', timestamptz '2026-01-01' + n * interval '1 second',
      md5('user' || n % 50)::uuid, md5('user' || n % 50)::uuid, 1, n
    from generate_series(1, ${lossyRows}) n;
    create table bench.lossy_copy as table bench.lossy;
    alter table bench.lossy add primary key (id);
    create index on bench.lossy (from_entity_id, relationship_type);
    create index on bench.lossy (organization_id, relationship_type);
    create index on bench.lossy_copy (id);
    alter table bench.orders add primary key (id);
    create index on bench.orders (customer_id);`)
}

/** A server with two databases of the same rows and a copy beside the live ones; all gone afterwards. */
export async function withRowsStage<T>(
  bigRows: number,
  lossyRows: number,
  work: (stage: RowsStage) => Promise<T>,
): Promise<T> {
  const home = mkdtempSync(join(tmpdir(), 'holdfast-bench-'))
  chmodSync(home, 0o755)
  const server = await startEmbeddedServer(home)
  const admin = postgres(server.urlFor('postgres'), { max: 1, onnotice: () => {} })
  await admin`alter system set max_wal_size = '8GB'`
  await admin`alter system set autovacuum = off`
  await admin`select pg_reload_conf()`
  await admin`create database shop`
  const [url, thereUrl] = [server.urlFor('shop'), server.urlFor('there')]
  const maker = postgres(url, { max: 1, onnotice: () => {} })
  await fill(maker, bigRows, lossyRows)
  await maker.end()
  await admin`create database there template shop`
  await admin.end()
  const keeper = postgres(url, { max: 1, onnotice: () => {} })
  await keeper.unsafe(
    'create table bench.orders_copy as table bench.orders; create index on bench.orders_copy (id)',
  )
  await keeper`vacuum analyze`
  const sql = connectToUrl(url, 'restore', { purpose: 'bench' })
  const other = connectToUrl(thereUrl, 'backup', { purpose: 'bench' })
  try {
    await postgresVacuum(thereUrl)
    await keeper`checkpoint`
    const [here, there] = [await listTables(sql), await listTables(other)]
    const one = (tables: Table[], name: string) => tables.find((table) => table.name === name)!
    const sizes = await keeper<{ big: string; lossy: string }[]>`
      select pg_relation_size('bench.orders')::text as big, pg_relation_size('bench.lossy')::text as lossy`
    return await work({
      sql,
      other,
      big: { live: one(here, 'orders'), copy: one(here, 'orders_copy'), there: one(there, 'orders') },
      lossy: { live: one(here, 'lossy'), copy: one(here, 'lossy_copy') },
      bytes: { big: Number(sizes[0]!.big), lossy: Number(sizes[0]!.lossy) },
    })
  } finally {
    for (const session of [sql, other, keeper]) await session.end({ timeout: 1 })
    await server.stop()
    rmSync(home, { recursive: true, force: true })
  }
}

async function postgresVacuum(url: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  await sql`vacuum analyze`
  await sql.end()
}
