import { beforeAll, describe, expect, it } from 'vitest'
import { getJobRun } from '#lib/jobs/queries.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import { getOperationRow, type OperationDetails } from '#lib/operations/queries.ts'
import type { Operation } from '#lib/operations/types.ts'
import type { RestoreResult } from '#lib/restores/types.ts'
import { verifyRestore } from '#lib/restores/verify-restore.ts'
import { withTarget } from '#lib/targets/open-target.ts'
import { createRestoreStage, type RestoreStage } from '#lib/testing/restore-stage.ts'

const script = `
  create table public.orders (id serial primary key, note text);
  create table public.plain (id int primary key);
  create materialized view public.totals as select count(*) from public.orders;
  create table public.young (id int primary key);
  insert into public.orders (note) select 'n' || i from generate_series(1, 20) i;
  insert into public.plain select generate_series(1, 20);
  insert into public.young values (1);
  select lo_create(0)`

describe('the proof of a restore', () => {
  let stage: RestoreStage
  let snapshotId: string
  const sql = () => stage.target.sql
  const plan = (more: Record<string, unknown> = {}) =>
    stage.restore({ source: { kind: 'snapshot', backupId: snapshotId }, ...more })
  const restored = async (more: Record<string, unknown> = {}) => {
    await sql().unsafe('delete from public.orders where id > 15')
    const done = await stage.run(await plan(more))
    if (done.status !== 'succeeded') throw new Error(JSON.stringify(done.error))
    return done
  }
  /** Proves again, as after a crash between the commit and the record. */
  const prove = async (operation: OperationDetails, more: Partial<RestoreResult> = {}) => {
    const { ctx } = stage.store
    const row = (await getOperationRow(ctx.db, operation.id)) as Operation
    const job = { signal: new AbortController().signal } as JobScope
    return withTarget(ctx, stage.target.id, 'restore', { purpose: 'test' }, (session) =>
      verifyRestore({ ctx, job, session }, row, { ...(operation.result as RestoreResult), ...more }),
    )
  }

  /** A superuser can. */
  const switchOff = () =>
    sql().unsafe(`do $$ declare name text; begin
      for name in select evtname from pg_event_trigger loop execute format('alter event trigger %I disable', name); end loop;
    end $$`)

  beforeAll(async () => {
    stage = await createRestoreStage(script, { environment: 'development' })
    await stage.guard(['public.orders', 'public.plain'])
    snapshotId = (await stage.take('snapshot')).id
  })

  it('names the guards that stand and the health run that was asked for', async () => {
    const { result } = await restored()
    const { guards, healthJobRunId } = result as RestoreResult
    expect(guards).toEqual([{ table: 'public.orders', state: 'installed', problems: [] }])
    expect(await getJobRun(stage.store.db, healthJobRunId!)).toMatchObject({
      kind: 'health.run',
      status: 'queued',
    })
  })

  it('fails where other rows came or went than were promised', async () => {
    const done = await restored()
    const { proof, tables } = done.result as RestoreResult
    await expect(prove(done)).resolves.toMatchObject({ writtenRows: 5 })
    await expect(prove(done, { writtenRows: 4 })).rejects.toMatchObject({ code: 'promise-broken' })
    await expect(prove(done, { tables: [{ ...tables[0]!, inserted: 4 }] })).rejects.toMatchObject({
      code: 'promise-broken',
      message: '5 rows were promised, 4 written.',
    })
    await expect(
      prove(done, { proof: [{ ...proof[0]!, rowsAfter: proof[0]!.rowsAfter + 1 }] }),
    ).rejects.toMatchObject({ message: expect.stringContaining('5 came and 0 went') })
  })

  it('fails where a sequence would give numbers that are taken', async () => {
    await sql().unsafe('delete from public.orders where id > 15')
    await sql()`select setval('public.orders_id_seq', 3)`
    const done = await restored()
    expect((done.result as RestoreResult).sequences).toEqual([
      { sequence: 'public.orders_id_seq', from: '3', to: '20' },
    ])
    await sql()`select setval('public.orders_id_seq', 25)`
    await expect(prove(done)).resolves.toBeDefined()
    await sql()`select setval('public.orders_id_seq', 4)`
    await expect(prove(done)).rejects.toMatchObject({
      message: expect.stringContaining('stands at 4, before 20'),
    })
    await sql()`select setval('public.orders_id_seq', 20)`
  })

  it('fails loudly where the guard of a touched table was switched off meanwhile', async () => {
    const done = await restored()
    await switchOff()
    await sql().unsafe('alter table public.orders disable trigger user')
    await expect(prove(done)).rejects.toMatchObject({
      code: 'promise-broken',
      message: expect.stringContaining('The guard of public.orders stood before and does not now.'),
      hint: expect.stringContaining('holdfast guards install'),
    })
    await stage.guard(['public.orders', 'public.plain'])
  })

  it('fails where a copy is not what was copied any more', async () => {
    const done = await restored({ into: 'copy' })
    await expect(prove(done)).resolves.toBeDefined()
    const { copy } = (done.result as RestoreResult).copy!.tables[0]!
    await sql().unsafe(`update ${copy} set note = 'other' where id = 17`)
    await expect(prove(done)).rejects.toMatchObject({
      message: expect.stringContaining(`${copy} is not what was copied`),
    })
  })

  it('is announced: the plan says what it does not bring back, and how long runs like it took', async () => {
    await switchOff()
    await sql().unsafe('delete from public.orders where id > 15; alter table public.plain rename to plainer')
    const operation = await plan()
    const { notCovered, estimateFrom, estimateMs } = operation.summary!
    const sentences = notCovered!.join('\n')
    expect(sentences).toContain('public.plain is in the snapshot of')
    expect(sentences).toMatch(/The snapshot of .* does not have .*public\.young/)
    expect(sentences).toContain('public.totals')
    expect(sentences).toContain('Large objects')
    expect(sentences).toContain('Sequences do not go back')
    expect(estimateFrom).toMatch(/^like \d runs? before$/)
    expect(estimateMs).toBeGreaterThan(0)
  })
})
