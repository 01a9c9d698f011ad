import fc from 'fast-check'
import type postgres from 'postgres'
import { beforeAll, describe, expect, it } from 'vitest'
import { createRestoreStage, type RestoreStage } from '#lib/testing/restore-stage.ts'

const script = `
  create table public.teams (id int primary key, name text, lead_id int references public.teams (id) on delete set null);
  create table public.people (id int primary key, name text, team_id int not null references public.teams (id) on delete cascade);
  create table public.seats (id int primary key, name text, person_id int not null references public.people (id))`

const guarded = [
  { table: 'public.teams', journal: 'overwritten' as const, updates: { columns: ['name', 'lead_id'] } },
  { table: 'public.people', journal: 'overwritten' as const, updates: { columns: ['name'] } },
  { table: 'public.seats', journal: 'overwritten' as const, updates: { columns: ['name'] } },
]

const fill = `
  delete from public.seats; delete from public.people; delete from public.teams;
  insert into public.teams select n, 'team ' || n, nullif(n / 2, 0) from generate_series(1, 6) n;
  insert into public.people select n, 'person ' || n, 1 + n % 6 from generate_series(1, 12) n;
  insert into public.seats select n, 'seat ' || n, 1 + n % 12 from generate_series(1, 12) n`

const tables = ['teams', 'people', 'seats'] as const
type TableKey = (typeof tables)[number]
interface Row {
  id: number
  name: string
  lead_id?: number | null
  team_id?: number
  person_id?: number
}
/** Rows by `table:id`. */
type State = Map<string, Row>

interface Image {
  key: string
  row: Row
  deletes: boolean
}
/** What a statement let go; `transaction` is the index of its transaction. */
interface LoggedStatement {
  transaction: number
  images: Image[]
}

type Step =
  | { do: 'delete' | 'update' | 'insert'; table: TableKey; ids: number[] }
  | { do: 'savepoint' | 'rollback to' }
interface PlannedTransaction {
  steps: Step[]
  commits: boolean
}

const ids = fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 4 })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom('delete', 'delete', 'update', 'insert'),
      table: fc.constantFrom(...tables),
      ids,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('savepoint', 'rollback to') }) },
) as fc.Arbitrary<Step>
const transactions: fc.Arbitrary<PlannedTransaction[]> = fc.array(
  fc.record({
    steps: fc.array(step, { minLength: 1, maxLength: 7 }),
    commits: fc.oneof(
      { weight: 4, arbitrary: fc.constant(true) },
      { weight: 1, arbitrary: fc.constant(false) },
    ),
  }),
  { minLength: 2, maxLength: 5 },
)

/** The rows that a row refers to. */
function parentsOf(key: string, row: Row): string[] {
  if (key.startsWith('teams')) return row.lead_id ? [`teams:${row.lead_id}`] : []
  return key.startsWith('people') ? [`teams:${row.team_id}`] : [`people:${row.person_id}`]
}

describe('undo, whatever happened', () => {
  let stage: RestoreStage
  let sql: postgres.Sql

  beforeAll(async () => {
    stage = await createRestoreStage(script, { environment: 'development' })
    sql = stage.target.sql
    await stage.guard(guarded)
  })

  async function read(from: postgres.Sql | postgres.TransactionSql): Promise<State> {
    const state: State = new Map()
    for (const table of tables)
      for (const row of (await from.unsafe(`select * from public.${table}`)) as unknown as Row[])
        state.set(`${table}:${row.id}`, row)
    return state
  }

  const statementOf = (
    { do: act, table, ids: chosen }: Extract<Step, { ids: number[] }>,
    salt: number,
  ): string => {
    const list = chosen.join(', ')
    if (act === 'delete') return `delete from public.${table} where id in (${list})`
    if (act === 'update') return `update public.${table} set name = 'changed ${salt}' where id in (${list})`
    const column = { teams: 'lead_id', people: 'team_id', seats: 'person_id' }[table]
    const parent = { teams: 'teams', people: 'teams', seats: 'people' }[table]
    return `insert into public.${table} (id, name, ${column}) select n, 'made ${salt}', p.id
      from unnest(array[${list}]) n cross join lateral (select id from public.${parent} order by (id * 7 + n) % 5, id limit 1) p
      on conflict do nothing`
  }

  const imagesOf = (before: State, after: State): Image[] =>
    [...before].flatMap(([key, row]): Image[] => {
      const now = after.get(key)
      if (!now) return [{ key, row, deletes: true }]
      return now.name !== row.name || now.lead_id !== row.lead_id ? [{ key, row, deletes: false }] : []
    })

  /** Runs a transaction, and logs what of it was not rolled back. */
  async function run(
    plan: PlannedTransaction,
    index: number,
    log: LoggedStatement[],
  ): Promise<string | null> {
    const own: LoggedStatement[] = []
    let salt = index * 100
    const ended = await sql
      .begin(async (open) => {
        let mark = 0
        await open.unsafe('savepoint mark')
        for (const each of plan.steps) {
          if (!('ids' in each)) {
            await open.unsafe(`${each.do} mark`)
            if (each.do === 'savepoint') mark = own.length
            else own.length = mark
            continue
          }
          const before = await read(open)
          try {
            await open.savepoint((inner) => inner.unsafe(statementOf(each, salt++)))
          } catch (error) {
            if ((error as { code?: string }).code !== '23503') throw error
            continue
          }
          own.push({ transaction: index, images: imagesOf(before, await read(open)) })
        }
        const [row] = await open<{ id: string }[]>`select pg_current_xact_id()::text as id`
        if (!plan.commits) throw new Error('rolled back')
        return row!.id
      })
      .catch((error: Error) => {
        if (error.message !== 'rolled back') throw error
        return null
      })
    if (ended) log.push(...own.filter(({ images }) => images.length > 0))
    return ended as string | null
  }

  /** What must be there after a transaction was undone: what is there, what it lost, and what that refers to. */
  function expected(log: readonly LoggedStatement[], transaction: number, live: State): State {
    const first = log.findIndex((statement) => statement.transaction === transaction)
    const images = log.filter((one) => one.transaction === transaction).flatMap((one) => one.images)
    const later = log.slice(first).flatMap((one) => one.images)
    const result: State = new Map(live)
    const putBack = (key: string, from: readonly Image[]) => {
      if (result.has(key)) return
      const { row } = from.find((image) => image.key === key)!
      result.set(key, row)
      for (const parent of parentsOf(key, row)) putBack(parent, later)
    }
    for (const { key } of images) {
      const newest = images.findLast((image) => image.key === key)!
      if (newest.deletes) putBack(key, images)
    }
    return result
  }

  const sorted = (state: State) => [...state].sort(([a], [b]) => (a < b ? -1 : 1))

  async function undo(request: Record<string, unknown>) {
    const operation = await stage.restore(request)
    expect(operation.error).toBeNull()
    const done = await stage.run(operation)
    expect(done).toMatchObject({ status: 'succeeded', error: null })
  }

  it('of one transaction gives back exactly the rows that it lost; of all, every row of the start', async () => {
    await fc.assert(
      fc.asyncProperty(transactions, fc.nat(), async (plans, pick) => {
        await sql.unsafe(fill)
        const start = await read(sql)
        const [{ since }] = await sql<[{ since: string }]>`
          select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as since`
        const log: LoggedStatement[] = []
        const named: (string | null)[] = []
        for (const [index, plan] of plans.entries()) named.push(await run(plan, index, log))

        const lossy = [...new Set(log.map(({ transaction }) => transaction))]
        if (lossy.length > 0) {
          const chosen = lossy[pick % lossy.length]!
          const live = await read(sql)
          await undo({ source: { kind: 'journal', transactionIds: [named[chosen]] } })
          expect(sorted(await read(sql))).toEqual(sorted(expected(log, chosen, live)))
        }
        await undo({ source: { kind: 'journal', since }, rows: 'all' })
        const end = await read(sql)
        expect(sorted(new Map([...start].map(([key]) => [key, end.get(key)!])))).toEqual(sorted(start))
      }),
      { numRuns: Number(process.env.HOLDFAST_RUNS ?? 12) },
    )
  }, 300_000)
})
