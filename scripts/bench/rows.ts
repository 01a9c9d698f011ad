import { randomUUID } from 'node:crypto'
import type postgres from 'postgres'
import { formatBytes } from '#lib/format/format-bytes.ts'
import { keepUndo } from '#lib/restores/undo/keep-undo.ts'
import { keepWritten } from '#lib/restores/undo/keep-written.ts'
import { undoSchema } from '#lib/restores/undo/undo-schema.ts'
import { applyRows, lockTables } from '#lib/rows/apply-rows.ts'
import { compareRows } from '#lib/rows/compare-rows.ts'
import { countLive, proveRows } from '#lib/rows/prove-rows.ts'
import { readColumns, stageRows } from '#lib/rows/stage-rows.ts'
import type { RowsMode, RowsPair, RowsPlan } from '#lib/rows/types.ts'
import { quoteIdentifier, quoteTable } from '#lib/sql/identifier.ts'
import type { Table } from '#lib/targets/types.ts'
import { judgePairs, measureInTurn, tableOf, type Verdict } from '#scripts/bench/paired.ts'
import { lostRow, type RowsStage, withRowsStage } from '#scripts/bench/rows-stage.ts'

type Session = postgres.TransactionSql

const lostOnes = 10

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const begun = performance.now()
  await work()
  return performance.now() - begun
}

const expectRows = (what: string, found: number, wanted: number): void => {
  if (found !== wanted) throw new Error(`${what}: ${found} rows, not ${wanted}`)
}

async function pairOf(sql: Session, live: Table, copy: Table): Promise<RowsPair> {
  return { live, source: { relation: copy, columns: await readColumns(sql, copy) } }
}

const compare = (sql: Session, pair: RowsPair, mode: RowsMode, samples: number): Promise<RowsPlan> =>
  compareRows({ sql }, [pair], { mode, tables: [pair.live], moment: null, samples })

/** Locks, finds, counts, keeps if asked to, writes and proves, as an operation does in its one transaction. */
async function putBack(sql: Session, live: Table, copy: Table, operationId?: string): Promise<number> {
  const scope = { sql }
  await lockTables(scope, [live])
  const plan = await compare(sql, await pairOf(sql, live, copy), 'missing', 0)
  const before = await countLive(scope, live)
  const kept = operationId ? await keepUndo(scope, plan, { operationId, keyId: 'bench' }) : null
  const { tables } = await applyRows(scope, plan)
  const [proof] = await proveRows(scope, plan)
  const after = await countLive(scope, live)
  if (kept) await keepWritten(scope, plan, kept)
  const inserted = tables[0]?.inserted ?? 0
  expectRows('proof', proof!.absent + proof!.altered + (after - before - inserted), 0)
  return inserted
}

const columnsOf = (table: Table): string => table.columns.map(({ name }) => quoteIdentifier(name)).join(', ')
const valuesOf = (table: Table): string =>
  table.columns.map(({ name }) => `r.${quoteIdentifier(name)}`).join(', ')

const loop = (rows: string, body: string): string => `do $$
  declare r record;
  begin
    for r in ${rows} loop
      ${body}
    end loop;
  end $$`

const onlyLost = (live: Table, copy: Table): string =>
  `select s.* from ${quoteTable(copy)} s where not exists (select from ${quoteTable(live)} l where l.id = s.id)`

/** As the recovery functions do it that Holdfast replaces: a subtransaction for each row. */
const recover = (live: Table): string => `begin
        insert into ${quoteTable(live)} (${columnsOf(live)}) values (${valuesOf(live)}) on conflict (id) do nothing;
      exception when others then
        raise warning '%', sqlerrm;
      end;`

/** The same loop over only the lost rows, where somebody knows which these are. */
const loopOverLost = (live: Table, copy: Table): string => loop(onlyLost(live, copy), recover(live))

const loopOverAll = (live: Table, copy: Table): string =>
  loop(`select * from ${quoteTable(copy)}`, recover(live))

/** The least that a loop can do: one failing row ends it. */
const bareLoop = (live: Table, copy: Table): string =>
  loop(
    onlyLost(live, copy),
    `insert into ${quoteTable(live)} (${columnsOf(live)}) values (${valuesOf(live)});`,
  )

async function loseAgain({ sql, lossy }: RowsStage): Promise<number> {
  const { count } = await sql.unsafe(`delete from ${quoteTable(lossy.live)} l where ${lostRow('l')}`)
  await sql.unsafe(`vacuum analyze ${quoteTable(lossy.live)}`)
  return count
}

async function measureLost(stage: RowsStage, lossyRows: number, pairs: number): Promise<Verdict[]> {
  const { sql, lossy } = stage
  const { live, copy } = lossy
  const lost = lossyRows / 10
  const after = (work: () => Promise<number>) => async () => {
    expectRows('lost', await loseAgain(stage), lost)
    return work()
  }
  const engine = after(() =>
    timed(() => sql.begin(async (tx) => expectRows('engine', await putBack(tx, live, copy), lost))),
  )
  const kept = after(async () => {
    const id = randomUUID()
    const ms = await timed(() =>
      sql.begin(async (tx) => expectRows('engine', await putBack(tx, live, copy, id), lost)),
    )
    await sql.unsafe(`drop schema ${quoteIdentifier(undoSchema(id))} cascade`)
    return ms
  })
  const lostLoop = after(() => timed(() => sql.unsafe(loopOverLost(live, copy))))
  const bare = after(() => timed(() => sql.unsafe(bareLoop(live, copy))))
  const allLoop = after(() => timed(() => sql.unsafe(loopOverAll(live, copy))))
  const quick = await measureInTurn({ lostLoop, engine, kept, bare }, pairs, told('lost rows'))
  // Slow, and its distance is far: three pairs, of which the first is not kept.
  const slow = await measureInTurn({ allLoop, engine }, Math.min(pairs, 3), told('loop over all rows'))
  const name = `bring back ${lost.toLocaleString('en')} lost rows of ${lossyRows.toLocaleString('en')}`
  const judge = (
    what: string,
    against: string,
    measured: number[],
    baseline: number[],
    goal: number | null,
  ) => judgePairs({ name: `${name}${what}`, against, unit: 'ms', measured, baseline, goal })
  return [
    judge('', 'the recovery loop over only the lost rows', quick.engine!, quick.lostLoop!, 0.4),
    judge('', 'the recovery loop over all rows', slow.engine!, slow.allLoop!, 0.05),
    judge(
      ', with the safety copy',
      'the recovery loop over only the lost rows',
      quick.kept!,
      quick.lostLoop!,
      null,
    ),
    judge('', 'a bare loop over only the lost rows', quick.engine!, quick.bare!, null),
  ]
}

const told = (what: string) => (round: number) =>
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${what}, round ${round}\n`)

class RolledBack extends Error {}

/** The duration of what `work` measures itself, in a transaction that leaves nothing behind. */
async function inRolledBack(sql: postgres.Sql, work: (tx: Session) => Promise<number>): Promise<number> {
  let ms = 0
  await sql
    .begin(async (tx) => {
      ms = await work(tx)
      throw new RolledBack()
    })
    .catch((error) => {
      if (!(error instanceof RolledBack)) throw error
    })
  return ms
}

async function measureBig(stage: RowsStage, rows: number, pairs: number): Promise<Verdict[]> {
  const { sql, other, big } = stage
  const scan = (session: postgres.Sql, table: Table) =>
    session.unsafe(`select count(*), sum(hashtext(t::text)) from ${quoteTable(table)} t`)
  const differences = ({ tables: [table] }: RowsPlan) =>
    table!.missing.rows + table!.changed.rows + table!.extra.rows
  const measured = await measureInTurn(
    {
      scans: () =>
        timed(async () => {
          await scan(sql, big.live)
          await scan(sql, big.copy)
        }),
      same: () =>
        inRolledBack(sql, (tx) =>
          timed(async () => {
            const plan = await compare(tx, await pairOf(tx, big.live, big.copy), 'all', 5)
            expectRows('differences', differences(plan), 0)
          }),
        ),
      scansOfTwo: () =>
        timed(async () => {
          await scan(sql, big.live)
          await scan(other, big.there)
        }),
      two: () =>
        inRolledBack(sql, (tx) =>
          timed(async () => {
            const { source } = await stageRows(other, tx, big.live, big.there)
            const plan = await compare(tx, { live: big.live, source }, 'all', 5)
            expectRows('differences', differences(plan), 0)
          }),
        ),
      back: () =>
        inRolledBack(sql, async (tx) => {
          const every = Math.floor(rows / lostOnes)
          await tx.unsafe(`delete from ${quoteTable(big.live)} where id % ${every} = 7`)
          return timed(async () => expectRows('back', await putBack(tx, big.live, big.copy), lostOnes))
        }),
      planned: () =>
        inRolledBack(sql, async (tx) => {
          const every = Math.floor(rows / lostOnes)
          await tx.unsafe(`delete from ${quoteTable(big.live)} where id % ${every} = 7`)
          return timed(async () => {
            const plan = await compare(tx, await pairOf(tx, big.live, big.copy), 'missing', 5)
            expectRows('found', differences(plan), lostOnes)
          })
        }),
    },
    pairs,
    told('big tables'),
  )
  const of = `of ${rows.toLocaleString('en')} rows`
  const scans = 'a full hash scan of each, one after the other'
  const judge = (name: string, values: number[], baseline: number[], goal: number | null) =>
    judgePairs({ name, against: scans, unit: 'ms', measured: values, baseline, goal })
  return [
    judge(`compare two equal tables ${of}, one database`, measured.same!, measured.scans!, 1.5),
    judge(`compare two equal tables ${of}, two databases`, measured.two!, measured.scansOfTwo!, 1.5),
    judge(`find ${lostOnes} lost rows ${of} and put them back, proven`, measured.back!, measured.scans!, 2),
    judge(`plan the same, with samples and what else differs`, measured.planned!, measured.scans!, 2),
  ]
}

/** What comparing and putting back costs. Starts its own server; ten million rows take about twelve minutes and 6 GB of disk. */
export const benchRows = (
  tiny: boolean,
  pairs: number,
  isBusy: boolean,
  rows = 10_000_000,
): Promise<string> => {
  const [bigRows, lossyRows] = tiny ? [30_000, 3_000] : [rows, Math.min(rows, 1_000_000)]
  return withRowsStage(bigRows, lossyRows, async (stage) => {
    const lost = await measureLost(stage, lossyRows, pairs)
    const big = await measureBig(stage, bigRows, pairs)
    return [
      `The big table has ${formatBytes(stage.bytes.big)}, with a primary key and a second index, the other one ${formatBytes(stage.bytes.lossy)}, with a primary key and two more; the server has its default settings, and everything is in the memory of the machine.`,
      '',
      'Putting back is one transaction, as in an operation: lock, compare, count, write, prove, count again; without approval and marker. The loops run in the server and prove nothing. Nine pairs of each; three for the loop over all rows. The recovery loop inserts each row in a subtransaction and goes on after a conflict or an error, as the functions did that teams had; the bare one inserts and stops at the first error.',
      '',
      'A full hash scan is `select count(*), sum(hashtext(t::text))`.',
      '',
      tableOf([...lost, ...big], isBusy),
    ].join('\n')
  })
}
