import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { listTools } from '#lib/servers/find-tools.ts'
import { benchNarrow, benchWide } from '#scripts/bench/bulk-deletes.ts'
import {
  contenders,
  forgetJournals,
  refill,
  type Stage,
  tables,
  timed,
  withStage,
} from '#scripts/bench/guard-stage.ts'
import { judgePairs, measureInTurn, tableOf, type Verdict } from '#scripts/bench/paired.ts'

/** pgbench, end to end over TCP, one client: each transaction deletes one row by its key. */
async function benchSingle(
  stage: Stage,
  transactions: number,
  pairs: number,
  synchronousCommit: 'on' | 'off',
  note = '',
): Promise<Verdict[]> {
  const pgbench = findPgbench()
  if (!pgbench) return []
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-pgbench-'))
  const next: Record<string, number> = {}
  for (const table of contenders) {
    await refill(stage, table, transactions * (pairs + 1) + 1)
    next[table] = 0
    writeFileSync(
      join(directory, `${table}.sql`),
      `\\set id :id + 1\ndelete from bench.${table} where id = :id;\n`,
    )
  }
  await stage.sql`checkpoint`
  const address = new URL(stage.url)
  const contender = (table: string) => async () => {
    const { stdout, stderr, status } = spawnSync(
      pgbench,
      [
        '-n',
        '-c',
        '1',
        '-t',
        String(transactions),
        '-D',
        `id=${next[table]}`,
        '-f',
        join(directory, `${table}.sql`),
      ],
      {
        encoding: 'utf8',
        env: {
          PATH: process.env.PATH,
          NODE_ENV: process.env.NODE_ENV,
          PGHOST: address.hostname,
          PGPORT: address.port,
          PGUSER: address.username,
          PGPASSWORD: decodeURIComponent(address.password),
          PGDATABASE: 'postgres',
          PGOPTIONS: `-c synchronous_commit=${synchronousCommit}`,
        },
      },
    )
    const latency = /latency average = ([\d.]+) ms/.exec(stdout)
    if (status !== 0 || !latency) throw new Error(stderr)
    next[table] = next[table]! + transactions
    return Number(latency[1]) * 1000
  }
  const measured = await measureInTurn(
    Object.fromEntries(contenders.map((table) => [table, contender(table)])),
    pairs,
  )
  rmSync(directory, { recursive: true })
  const judge = (table: string, goal: number | null, words = table) =>
    judgePairs({
      name: `one-row transaction, synchronous_commit ${synchronousCommit}, ${words}${note}`,
      against: 'no guard',
      unit: 'µs',
      measured: measured[table]!,
      baseline: measured.plain!,
      goal: synchronousCommit === 'on' ? goal : null,
    })
  return [judge('floor', null, 'empty trigger'), judge('counted', 1.05), judge('journaled', 1.15)]
}

/** Microseconds for each row, by the number of rows that one statement deletes. */
async function benchSizes(stage: Stage, sizes: readonly number[]): Promise<string> {
  const lines: string[] = []
  for (const size of sizes) {
    const costs: string[] = []
    for (const table of tables) {
      let best = Number.POSITIVE_INFINITY
      for (let round = 0; round < 2; round++) {
        await refill(stage, table, size)
        await stage.sql`checkpoint`
        best = Math.min(best, await timed(() => stage.sql.unsafe(`delete from bench.${table}`)))
        await forgetJournals(stage)
      }
      costs.push(((best * 1000) / size).toFixed(2))
    }
    lines.push(`| ${size.toLocaleString('en')} | ${costs.join(' | ')} |`)
  }
  return [
    '| Rows in one statement | No guard, µs a row | Counted | Journaled |',
    '|---|---|---|---|',
    ...lines,
  ].join('\n')
}

/** The guardian counts its own log for every row: twice the rows, four times the work. */
async function benchGuardian(stage: Stage, sizes: readonly number[]): Promise<string> {
  const lines: string[] = []
  for (const size of sizes) {
    await stage.sql.unsafe('truncate bench.guardian_log')
    await refill(stage, 'guardian', size + 1000)
    const guardian = await timed(() => stage.sql.unsafe(`delete from bench.guardian where id <= ${size}`))
    await refill(stage, 'journaled', size + 1000)
    const journaled = await timed(() => stage.sql.unsafe(`delete from bench.journaled where id <= ${size}`))
    lines.push(
      `| ${size.toLocaleString('en')} | ${guardian.toFixed(0)} ms | ${journaled.toFixed(0)} ms | ${(guardian / journaled).toFixed(0)} × |`,
    )
  }
  return ['| Rows | Row-level guardian | Holdfast, journaled | |', '|---|---|---|---|', ...lines].join('\n')
}

/** The most memory that a session's server process had, with and without guards. */
async function benchMemory(stage: Stage, rows: number): Promise<string> {
  const lines: string[] = []
  for (const table of tables) {
    await refill(stage, table, rows)
    const session = postgres(stage.url, { max: 1, onnotice: () => {} })
    const [{ pid }] = await session<[{ pid: number }]>`select pg_backend_pid() as pid`
    await session.unsafe(`delete from bench.${table}`)
    const status = existsSync(`/proc/${pid}/status`) ? readFileSync(`/proc/${pid}/status`, 'utf8') : ''
    await session.end()
    await forgetJournals(stage)
    const kilobytes = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0)
    lines.push(
      `| ${table} | ${(kilobytes('RssAnon') / 1024).toFixed(1)} MiB | ${(kilobytes('VmHWM') / 1024).toFixed(0)} MiB |`,
    )
  }
  return [
    `| DELETE of ${rows.toLocaleString('en')} rows | Private memory at its end | Peak with shared buffers |`,
    '|---|---|---|',
    ...lines,
  ].join('\n')
}

async function fillJournal({ sql }: Stage, rows: number): Promise<void> {
  const [{ journal }] = await sql<
    [{ journal: string }]
  >`select journal::text from holdfast.guarded_tables where relation = 'bench.journaled'::regclass`
  await sql.unsafe(`insert into ${journal} (holdfast_statement_id, holdfast_changed_at, id, organization_id, name, amount, at)
    select i, clock_timestamp(), i, i % 1000, 'name ' || i, i * 1.5, now() from generate_series(1, ${rows}) i`)
  // One statement each: as if ten million transactions had deleted one row.
  await sql.unsafe(`insert into holdfast.journal_statements (id, relation, counts_as, table_name, act, transaction_id, changed_at, rows,
      transaction_rows, counted, budget_role, role_name)
    select -i, 'bench.journaled'::regclass, 'bench.journaled'::regclass, 'bench.journaled', 'delete', i::text::xid8,
      clock_timestamp(), 1, 1, 0, '', 'bench' from generate_series(1, ${rows}) i`)
  await sql.unsafe('vacuum analyze holdfast.journal_statements')
  await sql`checkpoint`
}

/** Null where it is not installed; on Debian it is in the package postgresql-15. */
const findPgbench = (): string | null =>
  listTools()
    .map((tools) => join(tools.bin, 'pgbench'))
    .find((path) => existsSync(path)) ?? null

/** What the guards cost, against the same work without them. Starts its own server; takes about a quarter of an hour. */
export const benchGuards = (tiny: boolean, pairs: number, isBusy: boolean): Promise<string> =>
  withStage(async (stage) => {
    const size = (rows: number) => (tiny ? Math.max(Math.round(rows / 1000), 20) : rows)
    const [{ version }] = await stage.sql<[{ version: string }]>`select version()`
    const say = (what: string) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${what}\n`)
    say('bulk')
    const bulk = [
      ...(await benchWide(stage, size(1_000_000), pairs)),
      ...(await benchNarrow(stage, size(300_000), pairs)),
    ]
    say('one row')
    const single = [
      ...(await benchSingle(stage, size(3_000), pairs, 'on')),
      ...(await benchSingle(stage, size(3_000), pairs, 'off')),
    ]
    await forgetJournals(stage)
    say('sizes')
    const sizes = await benchSizes(stage, [1_000, 10_000, 100_000, 1_000_000].map(size))
    say('memory')
    const memory = await benchMemory(stage, size(1_000_000))
    say('guardian')
    const guardian = await benchGuardian(
      stage,
      [500, 1_000, 2_000, 4_000].map((rows) => (tiny ? rows / 50 : rows)),
    )
    say('full journal')
    await fillJournal(stage, size(10_000_000))
    const full = await benchSingle(stage, size(3_000), pairs, 'on', ', 10M rows in the journal')
    return `
${version}

${tableOf([...bulk, ...single, ...full], isBusy)}

Narrow rows are five columns with a primary key and one more index; wide ones about 300 bytes with four indexes, 30 % of them deleted,
spread over all pages, and rolled back after the time is taken. "Empty trigger" is the floor: a PL/pgSQL statement trigger with a
transition table that does nothing; what a guard of this kind costs at least. "Counted" keeps no images (\`journal: none\`). One row: pgbench, one
client over TCP, simple protocol. Goals are for durable commits; \`synchronous_commit = off\` shows the same cost beside a cheaper
transaction.${findPgbench() ? '' : ' pgbench was not found: the one-row transactions were not measured.'}

## The cost of a row, by the size of the statement (best of 2)

${sizes}

## Memory of the session's server process

${memory}

The transition tables of the triggers live in \`work_mem\` and spill to disk.

## Against a row-level guardian

${guardian}
`
  })
