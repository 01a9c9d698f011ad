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
