import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { planGuards } from '#lib/guards/plan-guards.ts'
import { runGuardStatement } from '#lib/guards/run-guard-statement.ts'
import { startEmbeddedServer } from '#lib/servers/embedded-server.ts'
import { loadSql } from '#lib/sql/load-sql.ts'
import { policySchema } from '#lib/targets/policy.ts'

const tablesSql = loadSql(new URL('./guards.sql', import.meta.url))
const plenty = { statementRows: 1e9, transactionRows: 1e9, windowRows: 1e12 }

const policy = policySchema.parse({
  budget: plenty,
  protectedTables: [
    { table: 'bench.counted', journal: 'none' },
    { table: 'bench.journaled' },
    { table: 'bench.wide_counted', journal: 'none' },
    { table: 'bench.wide_journaled' },
  ],
})

export interface Stage {
  sql: postgres.Sql
  url: string
}

export async function withStage<T>(work: (stage: Stage) => Promise<T>): Promise<T> {
  const home = mkdtempSync(join(tmpdir(), 'holdfast-bench-'))
  chmodSync(home, 0o755)
  const server = await startEmbeddedServer(home)
  const url = server.urlFor('postgres')
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    await sql`alter system set max_wal_size = '8GB'`
    await sql`alter system set autovacuum = off`
    await sql`select pg_reload_conf()`
    await sql.unsafe(tablesSql)
    // As if installed long ago: in the minute after an installation every change goes the long way.
    const { statements } = await planGuards(sql, policy, '202601010000')
    for (const statement of statements) await runGuardStatement(sql, statement, 'bench')
    return await work({ sql, url })
  } finally {
    await sql.end({ timeout: 1 })
    await server.stop()
    rmSync(home, { recursive: true, force: true })
  }
}

export const tables = ['plain', 'counted', 'journaled'] as const

/** And with an empty trigger: what no guard of this kind can be cheaper than. */
export const contenders = [...tables, 'floor'] as const

export const empty = ({ sql }: Stage, table: string): Promise<unknown> =>
  sql.begin(async (transaction) => {
    await transaction`select holdfast.open_permit('bench')`
    await transaction.unsafe(`truncate bench.${table}`)
  })

/** Fills a table anew. What the guards kept of the last run goes too, so that every run begins alike. */
export async function refill(stage: Stage, table: string, rows: number): Promise<void> {
  const { sql } = stage
  await empty(stage, table)
  await sql.unsafe(
    `insert into bench.${table} select i, i % 1000, 'name ' || i, i * 1.5, now() from generate_series(1, ${rows}) i`,
  )
  await sql.unsafe(`vacuum analyze bench.${table}`)
}

export async function forgetJournals({ sql }: Stage): Promise<void> {
  await sql.begin(async (transaction) => {
    await transaction`select holdfast.open_permit('bench')`
    const journals = await transaction<
      { journal: string }[]
    >`select distinct journal::text from holdfast.guarded_tables`
    for (const { journal } of journals) await transaction.unsafe(`truncate ${journal}`)
  })
}

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await work()
  return performance.now() - begun
}
