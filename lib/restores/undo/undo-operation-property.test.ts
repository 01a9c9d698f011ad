import fc from 'fast-check'
import type postgres from 'postgres'
import { beforeAll, describe, expect, it } from 'vitest'
import { createRestoreStage, type RestoreStage } from '#lib/testing/restore-stage.ts'

const script = `
  create table public.teams (id int primary key, name text, code text unique, lead_id int references public.teams (id) on delete set null);
  create table public.people (id int, part text collate "C", name text, team_id int not null references public.teams (id) on delete cascade, primary key (id, part));
  create table public.notes (name text, at date);`

const fill = `
  delete from public.people; delete from public.teams; delete from public.notes;
  insert into public.teams select n, 'team ' || n, 'k' || n, nullif(n / 2, 0) from generate_series(1, 8) n;
  insert into public.people select n, chr(97 + n % 3), 'person ' || n, 1 + n % 8 from generate_series(1, 14) n;
  insert into public.notes select 'note ' || n % 3, '2026-01-01' from generate_series(1, 6) n`

const tables = ['teams', 'people', 'notes'] as const

interface Edit {
  act: 'delete' | 'update' | 'insert' | 'code'
  table: (typeof tables)[number]
  ids: number[]
}

const edits = fc.array(
  fc.record<Edit>({
    act: fc.constantFrom('delete', 'update', 'update', 'insert', 'code'),
    table: fc.constantFrom(...tables),
    ids: fc.uniqueArray(fc.integer({ min: 1, max: 18 }), { minLength: 1, maxLength: 5 }),
  }),
  { minLength: 1, maxLength: 5 },
)

/** What an edit is as SQL; rows that it cannot write are left. */
function statementOf({ act, table, ids }: Edit, salt: number): string {
  const list = ids.join(', ')
  if (table === 'notes')
    return act === 'delete'
      ? `delete from public.notes where ctid in (select ctid from public.notes order by name, ctid limit ${ids.length})`
      : `insert into public.notes select 'note ' || n % 4, '2026-01-01' from unnest(array[${list}]) n`
  if (act === 'delete') return `delete from public.${table} where id in (${list})`
  if (act === 'code') return `update public.teams set code = null where id in (${list})`
  if (act === 'update')
    return `update public.${table} set name = 'changed ${salt}'${table === 'teams' ? `, code = 'k' || (id + ${salt}) % 19` : ''} where id in (${list})`
  return table === 'teams'
    ? `insert into public.teams select n, 'made ${salt}', 'k' || (n + ${salt}) % 19, (select min(id) from public.teams) from unnest(array[${list}]) n on conflict do nothing`
    : `insert into public.people select n, 'z', 'made ${salt}', t.id from unnest(array[${list}]) n cross join lateral (select id from public.teams order by (id * 7 + n) % 5, id limit 1) t on conflict do nothing`
}

/** Rows as text: by their key, and of the table without one as a sorted list. */
type State = Map<string, string>

describe('the undo of an operation, whatever happened', () => {
  let stage: RestoreStage
  let sql: postgres.Sql
  let snapshotId: string

  beforeAll(async () => {
    stage = await createRestoreStage(script, { environment: 'development' })
    sql = stage.target.sql
    await sql.unsafe(fill)
    await stage.guard(tables.map((table) => `public.${table}`))
    snapshotId = (await stage.take('snapshot')).id
  })

  async function read(): Promise<State> {
    const rows = await sql<{ key: string; line: string }[]>`
      select 'teams ' || id as key, t::text as line from public.teams t
      union all select 'people ' || id || part, p::text from public.people p
      union all select 'notes', coalesce((select string_agg(n::text, ' ' order by n::text) from public.notes n), '') order by 1`
    return new Map(rows.map(({ key, line }) => [key, line]))
  }

  async function make(list: readonly Edit[], salt: number): Promise<void> {
    for (const [index, edit] of list.entries())
      await sql.unsafe(statementOf(edit, salt + index)).catch((error: { code?: string }) => {
        // A code that is taken: that edit did not happen.
        if (error.code !== '23505') throw error
      })
  }

  async function restore(rows: string) {
    const planned = await stage.restore({ source: { kind: 'snapshot', backupId: snapshotId }, rows })
    if (planned.error || planned.summary!.promisedRows === 0) return null
    const done = await stage.run(planned)
    return done.status === 'succeeded' ? done : null
  }

  it('gives back exactly what was, touches nothing that others changed since, and undone again is as never done', async () => {
    await fc.assert(
      fc.asyncProperty(
        edits,
        fc.constantFrom('missing', 'changed', 'all'),
        fc.option(edits, { freq: 2 }),
        fc.nat({ max: 50 }),
        async (first, rows, later, salt) => {
          await sql.unsafe(fill)
          await make(first, salt)
          const before = await read()
          const done = await restore(rows)
          if (!done) return
          const after = await read()
          if (later) await make(later, salt + 20)
          const now = await read()
          const planned = await stage.undoOf(done)
          if (planned.error) {
            expect(planned.error.code).toBe('nothing-to-undo')
            return
          }
          const undone = await stage.run(planned)
          expect(undone).toMatchObject({ status: 'succeeded', error: null })
          const end = await read()
          if (!later) {
            expect(end).toEqual(before)
            expect(await stage.run(await stage.undoOf(undone))).toMatchObject({ status: 'succeeded' })
            expect(await read()).toEqual(after)
            return
          }
          for (const key of new Set([...before.keys(), ...after.keys(), ...now.keys(), ...end.keys()])) {
            if (key === 'notes') continue
            if (after.get(key) !== now.get(key)) expect([key, end.get(key)]).toEqual([key, now.get(key)])
            else expect([before.get(key), after.get(key)]).toContain(end.get(key))
          }
        },
      ),
      { numRuns: Number(process.env.HOLDFAST_RUNS ?? 10) },
    )
  }, 300_000)
})
