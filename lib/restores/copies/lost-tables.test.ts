import { beforeAll, describe, expect, it } from 'vitest'
import { unwrap } from '#lib/errors.ts'
import type { RestoreResult } from '#lib/restores/types.ts'
import { applyPolicy } from '#lib/targets/apply-policy.ts'
import { getPolicy } from '#lib/targets/queries.ts'
import { createRestoreStage, type RestoreStage } from '#lib/testing/restore-stage.ts'

const script = `
  create schema app;
  create type app.mood as enum ('well', 'ill');
  create table app."gone; --" (id serial primary key, mood app.mood, tags text[], paid numeric(8,2), at timestamptz default '2026-01-01');
  create table app.stays (id int primary key);
  insert into app."gone; --" (mood, tags, paid) select case n % 2 when 0 then 'well' else 'ill' end::app.mood, array['a,b', n::text], n / 4.0 from generate_series(1, 40) n;
  insert into app.stays select generate_series(1, 10)`

const gone = 'app."gone; --"'

describe('a table that live lost', () => {
  let stage: RestoreStage
  const ids: Record<string, string> = {}
  const plan = (kind: 'snapshot' | 'archive', more: Record<string, unknown> = {}) =>
    stage.restore({ source: { kind, backupId: ids[kind] }, into: 'copy', ...more })

  beforeAll(async () => {
    stage = await createRestoreStage(script, { environment: 'development' })
    const { document } = await getPolicy(stage.store.db, stage.target.id)
    const protectedTables = [gone, 'app.stays'].map((table) => ({ table }))
    unwrap(
      await applyPolicy(stage.store.ctx, {
        name: stage.target.name,
        document: { ...document, protectedTables },
      }),
    )
    for (const kind of ['snapshot', 'archive'] as const) ids[kind] = (await stage.take(kind)).id
    await stage.target.sql.unsafe(
      `drop table ${gone}; drop type app.mood cascade; delete from app.stays where id > 7`,
    )
  })

  it.each(['snapshot', 'archive'] as const)(
    'comes back beside the others from the %s, with its type gone too',
    async (kind) => {
      const operation = await plan(kind)
      expect(operation.error).toBeNull()
      expect(operation.summary).toMatchObject({ promisedRows: 43 })
      const planned = operation.summary!.tables.find(({ table }) => table === gone)!
      expect(planned).toMatchObject({
        missing: 40,
        notes: [expect.stringContaining('Live has no such table any more')],
      })
      const done = await stage.run(operation)
      expect(done).toMatchObject({ status: 'succeeded', error: null })
      const { copy } = done.result as RestoreResult
      const relation = copy!.tables.find(({ table }) => table === gone)!.copy
      const rows = await stage.target.sql.unsafe(
        `select id, mood, tags, paid from ${relation} where id in (3, 4) order by id`,
      )
      expect(rows).toEqual([
        { id: 3, mood: 'ill', tags: ['a,b', '3'], paid: '0.75' },
        { id: 4, mood: 'well', tags: ['a,b', '4'], paid: '1.00' },
      ])
      expect(copy!.statements.move.join()).not.toContain('gone')
    },
  )

  it('can be asked for alone', async () => {
    const done = await stage.run(await plan('archive', { tables: [gone] }))
    expect(done).toMatchObject({ status: 'succeeded', result: { writtenRows: 40 } })
  })

  it('stays out, and the plan says so, in place and where a filter cannot tell its rows', async () => {
    const sentence = expect.stringMatching(
      /gone; --" is in the snapshot of .* no such table any more: its rows stay out/,
    )
    const inPlace = await plan('snapshot', { into: 'place' })
    expect(inPlace.summary).toMatchObject({ promisedRows: 3, notCovered: expect.arrayContaining([sentence]) })
    expect(await plan('snapshot', { into: 'place', tables: [gone] })).toMatchObject({
      error: { code: 'table-not-found' },
    })
    expect(await plan('snapshot', { tables: ['app.never'] })).toMatchObject({
      error: { code: 'table-not-found' },
    })
  })
})

describe('columns that live does not have so any more', () => {
  it('are in the copy as they were: dropped, retyped, and beside ones that were added and may not be empty', async () => {
    const stage = await createRestoreStage(
      `create table public.people (id int primary key, name text, phone text, level text, code varchar(20));
       insert into public.people select n, 'n' || n, 'p' || n, 'high', 'code ' || n from generate_series(1, 30) n;
       create table public.bare (text text, gone int); insert into public.bare select 'b' || n, n from generate_series(1, 5) n`,
      { environment: 'development' },
    )
    const { sql, name } = stage.target
    const { document } = await getPolicy(stage.store.db, stage.target.id)
    const protectedTables = [{ table: 'public.people' }, { table: 'public.bare' }]
    unwrap(await applyPolicy(stage.store.ctx, { name, document: { ...document, protectedTables } }))
    const { id } = await stage.take('snapshot')
    await sql.unsafe(`alter table public.people drop phone, drop level, alter code type varchar(6) using left(code, 6);
      alter table public.people add level int, add needed int not null default 7; alter table public.people alter needed drop default;
      delete from public.people where id > 20; update public.people set name = 'x' where id <= 2;
      alter table public.bare drop gone; delete from public.bare where text = 'b1'`)
    const plan = (more: Record<string, unknown>) =>
      stage.restore({ source: { kind: 'snapshot', backupId: id }, ...more })
    expect(await plan({ into: 'place' })).toMatchObject({ error: { code: 'columns-differ' } })

    for (const [rows, count] of [
      ['missing', 10],
      ['changed', 12],
      ['all', 30],
    ] as const) {
      const operation = await plan({ into: 'copy', rows, tables: ['public.people'] })
      expect(operation.error).toBeNull()
      const { notes } = operation.summary!.tables[0]!
      expect(notes.join()).toContain('“phone” was dropped since; the copy has it')
      expect(notes.join()).toContain('“level” was text then and is integer now; the copy has it as it was')
      const done = await stage.run(operation)
      expect(done).toMatchObject({ status: 'succeeded', error: null, result: { writtenRows: count } })
      const { copy } = done.result as RestoreResult
      const [whole] = await sql.unsafe(
        `select count(*)::int as n from ${copy!.tables[0]!.copy} where phone = 'p' || id and level = 'high' and code = 'code ' || id and name = 'n' || id`,
      )
      expect(whole).toEqual({ n: count })
      expect(copy!.statements.move.join()).not.toMatch(/phone|level/)
    }
    const bare = await plan({ into: 'copy', tables: ['public.bare'] })
    expect(bare.summary!.tables[0]!.notes.join()).toContain(
      '“gone” was dropped since; its values are not put back',
    )
    expect(await stage.run(bare)).toMatchObject({ status: 'succeeded', result: { writtenRows: 1 } })
  })
})
