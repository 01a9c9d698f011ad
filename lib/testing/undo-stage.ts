import type { OperationDetails } from '#lib/operations/queries.ts'
import { createRestoreStage, type RestoreStage } from '#lib/testing/restore-stage.ts'

const script = `
  create schema shop;
  create table shop.customers (id int primary key, email text not null, boss_id int references shop.customers (id),
    active boolean not null default true, updated_at timestamptz not null default '2026-01-01');
  create unique index on shop.customers (lower(email)) where active;
  create table shop.orders (id int primary key, customer_id int not null references shop.customers (id), placed_by int);
  create table shop.lines (order_id int references shop.orders (id), line int, amount numeric(10,2), primary key (order_id, line));
  create table shop.notes (text text);
  create table shop.visits (id int primary key);
  alter table shop.orders add foreign key (placed_by) references shop.visits (id)`

const fill = `
  delete from shop.lines; delete from shop.orders; delete from shop.customers; delete from shop.notes; delete from shop.visits;
  insert into shop.customers (id, email, boss_id) select n, 'C' || n || '@example.com', nullif(n / 10, 0) from generate_series(1, 60) n;
  insert into shop.visits values (1);
  insert into shop.orders select n, n, case n when 7 then 1 end from generate_series(1, 60) n;
  insert into shop.lines select o, l, o + l / 4.0 from generate_series(1, 60) o, generate_series(1, 3) l;
  insert into shop.notes select 'note ' || n from generate_series(1, 5) n`

const guarded = [
  { table: 'shop.customers', journal: 'overwritten' as const, updates: { columns: ['email', 'active'] } },
  'shop.orders',
  'shop.lines',
  'shop.notes',
]

/** A shop under guards that keep every image, and the steps of an undo as short calls. */
export interface UndoStage extends RestoreStage {
  /** Fills the shop anew, and installs its guards. Before each test. */
  reset(): Promise<void>
  /** Does the statements in one transaction; its id. */
  transaction(...statements: string[]): Promise<string>
  /** Plans the undo of one transaction. */
  undo(transactionId: string, more?: Record<string, unknown>): Promise<OperationDetails>
  /** Runs what was planned; throws unless it succeeds. */
  runUndo(operation: OperationDetails): Promise<OperationDetails>
  rowsOf(table: string, where?: string): Promise<Record<string, unknown>[]>
  journalOf(table: string): Promise<string>
}

export async function createUndoStage(): Promise<UndoStage> {
  const stage = await createRestoreStage(script, { environment: 'development' })
  const { sql } = stage.target
  return {
    ...stage,
    async reset() {
      await sql.unsafe(fill)
      await stage.guard(guarded)
    },
    async transaction(...statements) {
      const id = await sql.begin(async (open) => {
        for (const statement of statements) await open.unsafe(statement)
        const [row] = await open<{ id: string }[]>`select pg_current_xact_id()::text as id`
        return row!.id
      })
      return id as string
    },
    undo: (transactionId, more = {}) =>
      stage.restore({ source: { kind: 'journal', transactionIds: [transactionId] }, ...more }),
    async runUndo(operation) {
      if (operation.error) throw new Error(JSON.stringify(operation.error))
      const done = await stage.run(operation)
      if (done.status !== 'succeeded') throw new Error(JSON.stringify(done.error))
      return done
    },
    rowsOf: (table, where = 'true') =>
      sql.unsafe<Record<string, unknown>[]>(`select t.* from ${table} t where ${where} order by 1, t::text`),
    async journalOf(table) {
      const [row] = await sql<{ journal: string }[]>`
        select journal::text as journal from holdfast.guarded_tables where relation = ${table}::regclass`
      return row!.journal
    },
  }
}

export const plannedTable = (operation: OperationDetails, name: string) =>
  operation.summary!.tables.find((table) => table.table === name)!

export const notesOf = (operation: OperationDetails): string =>
  operation.summary!.tables.flatMap((table) => table.notes).join(' ')
