import { desc } from 'drizzle-orm'
import type postgres from 'postgres'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { auditEntries } from '#drizzle/schema/audit.ts'
import { driftComparisons } from '#drizzle/schema/drift.ts'
import { getComparison } from '#lib/drift/queries.ts'
import { requestSyncRepair } from '#lib/drift/request-sync-repair.ts'
import { unwrap } from '#lib/errors.ts'
import { getOperation } from '#lib/operations/queries.ts'
import type { OperationKind } from '#lib/operations/types.ts'
import { requestUndo } from '#lib/restores/undo/request-undo.ts'
import { undoKind } from '#lib/restores/undo/undo-kind.ts'
import { addTarget } from '#lib/targets/add-target.ts'
import { keepControlTarget } from '#lib/targets/keep-control-target.ts'
import { createDriftStage, type DriftStage } from '#lib/testing/drift-stage.ts'
import { createTestPerson } from '#lib/testing/test-db.ts'

const script = `
  create table public.clients (id int primary key, name text not null);
  create table public.projects (id int primary key, client_id int not null references public.clients (id));
  create table public.leads (id int primary key, project_id int references public.projects (id), phone text)`

const fill = `
  delete from public.leads; delete from public.projects; delete from public.clients;
  insert into public.clients select n, 'Client ' || n from generate_series(1, 6) n;
  insert into public.projects select n, n from generate_series(1, 6) n;
  insert into public.leads select n, 1 + n % 6, '+49' || n from generate_series(1, 14) n`

const tables = ['public.clients', 'public.projects', 'public.leads']

let stage: DriftStage
beforeAll(async () => {
  stage = await createDriftStage(script, script, { kinds: [undoKind as OperationKind] })
})
beforeEach(async () => {
  await stage.master.sql.unsafe(fill)
  await stage.site.sql.unsafe(fill)
})

const contentOf = async (sql: postgres.Sql) =>
  sql.unsafe(`select 'c' as t, c::text as row from public.clients c union all select 'p', p::text from public.projects p
    union all select 'l', l::text from public.leads l order by 1, 2`)

const newestComparison = async () => {
  const [row] = await stage.store.db
    .select()
    .from(driftComparisons)
    .orderBy(desc(driftComparisons.createdAt))
    .limit(1)
  return row!
}

describe('a repair', () => {
  it('brings what is missing and changed from the master, parents first, and leaves what only the target has', async () => {
    await stage.site.sql.unsafe(`
      delete from public.leads where project_id in (2, 3); delete from public.projects where id in (2, 3);
      delete from public.clients where id in (2, 3); update public.clients set name = 'x' where id = 1;
      insert into public.clients values (50, 'only here')`)
    const operation = await stage.repair({ tables })
    expect(operation.error).toBeNull()
    expect(operation.summary).toMatchObject({ promisedRows: 2 + 2 + 6 + 1 })
    const done = await stage.run(operation)
    expect(done).toMatchObject({ status: 'succeeded', error: null })
    const expected = [...(await contentOf(stage.master.sql)), { t: 'c', row: '(50,"only here")' }]
    const order = (row: postgres.Row) => `${row.t}${row.row}`
    expect((await contentOf(stage.site.sql)).map(order).sort()).toEqual(expected.map(order).sort())
  })

  it('deletes what only the target has where it is told to make all rows equal, children first', async () => {
    await stage.site.sql.unsafe(`
      insert into public.clients values (50, 'only here'); insert into public.projects values (50, 50);
      insert into public.leads values (50, 50, null)`)
    const done = await stage.run(await stage.repair({ tables, rows: 'all' }))
    expect(done).toMatchObject({ status: 'succeeded', error: null })
    expect([...(await contentOf(stage.site.sql))]).toEqual([...(await contentOf(stage.master.sql))])
  })

  it('goes either way: the other one can be the master', async () => {
    await stage.site.sql`update public.leads set phone = 'new' where id <= 3`
    const operation = await stage.repair({ tables }, 'agent')
    expect(operation).toMatchObject({ targetName: 'agent', kind: 'sync-repair' })
    expect(operation.summary!.sentence).toContain('site as it was at')
    await stage.run(operation)
    expect([...(await contentOf(stage.master.sql))]).toEqual([...(await contentOf(stage.site.sql))])
    const [row] = await stage.site.sql`select count(*)::int as rows from public.leads where phone = 'new'`
    expect(row).toEqual({ rows: 3 })
  })

  it('is compared again when it is done, and both are in sync', async () => {
    await stage.site.sql`delete from public.leads`
    await stage.run(await stage.repair({ tables }))
    const comparison = await newestComparison()
    expect(comparison).toMatchObject({ status: 'queued', targetId: stage.site.id, masterId: stage.master.id })
    await stage.work(comparison.jobRunId!)
    const done = await getComparison(stage.store.db, comparison.id)
    expect(done).toMatchObject({ status: 'compared', inSync: true, requestedBy: 'worker:test' })
    expect(done.found!.tables.map(({ table }) => table).sort()).toEqual([...tables].sort())
  })

  it('is undone as one more operation: what it brought goes, what it reset and deleted comes back', async () => {
    await stage.site.sql.unsafe(`
      delete from public.leads where project_id = 2; delete from public.projects where id = 2;
      update public.clients set name = 'x' where id = 1; insert into public.clients values (50, 'only here')`)
    const before = await contentOf(stage.site.sql)
    const done = await stage.run(await stage.repair({ tables, rows: 'all' }))
    expect([...(await contentOf(stage.site.sql))]).toEqual([...(await contentOf(stage.master.sql))])
    const { operationId, jobRunId } = unwrap(
      await requestUndo(stage.store.ctx, { operationId: done.id, reason: 'the wrong one was the master' }),
    )
    await stage.work(jobRunId)
    const undone = await stage.run(await getOperation(stage.store.db, operationId))
    expect(undone).toMatchObject({ status: 'succeeded', error: null })
    expect([...(await contentOf(stage.site.sql))]).toEqual([...before])
  })

  it('leaves columns alone that may differ: changed rows keep their own values there', async () => {
    await stage.site.sql`alter table public.leads add column synced_at date default '2026-02-02'`
    await stage.master.sql`alter table public.leads add column synced_at date default '2020-01-01'`
    await stage.site.sql`update public.leads set phone = 'x', synced_at = '2026-03-03' where id = 1`
    await stage.site.sql`delete from public.leads where id = 2`
    const ignoredColumns = { 'public.leads': ['synced_at'] }
    const source = { kind: 'target', targetId: stage.master.id, ignoredColumns }
    const operation = await stage.repair({ source, tables: ['public.leads'] })
    expect(operation.summary).toMatchObject({ promisedRows: 2 })
    expect(await stage.run(operation)).toMatchObject({ status: 'succeeded', error: null })
    const rows = await stage.site
      .sql`select id, phone, synced_at::text from public.leads where id < 4 order by id`
    expect([...rows]).toEqual([
      { id: 1, phone: '+491', synced_at: '2026-03-03' },
      { id: 2, phone: '+492', synced_at: '2026-02-02' },
      { id: 3, phone: '+493', synced_at: '2026-02-02' },
    ])
    await stage.work((await newestComparison()).jobRunId!)
    expect(await newestComparison()).toMatchObject({ inSync: true })
    for (const { sql } of [stage.master, stage.site])
      await sql`alter table public.leads drop column synced_at`
  })

  it('is refused when either side changed after it was planned, and then nothing is written', async () => {
    for (const side of ['master', 'site'] as const) {
      await stage.site.sql`delete from public.leads where id <= 5`
      const operation = await stage.repair({ tables: ['public.leads'] })
      await stage[side].sql`update public.leads set phone = 'later' where id = ${side === 'master' ? 4 : 9}`
      const before = await contentOf(stage.site.sql)
      const done = await stage.run(operation)
      expect(done).toMatchObject({ status: 'refused', error: { code: 'plan-stale' } })
      expect([...(await contentOf(stage.site.sql))]).toEqual([...before])
      await stage.master.sql.unsafe(fill)
      await stage.site.sql.unsafe(fill)
    }
  })

  it('reads a table that the master calls otherwise', async () => {
    await stage.master.sql`alter table public.leads rename to prospects`
    await stage.site.sql`delete from public.leads where id = 7`
    const request = {
      tables: ['public.leads'],
      source: {
        kind: 'target',
        targetId: stage.master.id,
        names: { 'public.leads': 'public.prospects' },
      },
    }
    const done = await stage.run(await stage.repair(request))
    expect(done).toMatchObject({ status: 'succeeded', error: null })
    await stage.work((await newestComparison()).jobRunId!)
    expect(await newestComparison()).toMatchObject({ inSync: true })
    await stage.master.sql`alter table public.prospects rename to leads`
  })
})

describe('a master that is none', () => {
  const request = (masterId: string, targetId = stage.site.id) => ({
    targetId,
    reason: 'the two have drifted apart',
    request: { source: { kind: 'target', targetId: masterId } },
  })

  it('is refused: the target itself, and Holdfast’s own database', async () => {
    const itself = await requestSyncRepair(stage.store.ctx, request(stage.site.id))
    expect(itself).toMatchObject({ ok: false, refusal: { code: 'same-target' } })
    const [entry] = await stage.store.db.select().from(auditEntries).orderBy(desc(auditEntries.seq)).limit(1)
    expect(entry).toMatchObject({ action: 'operations.request', outcome: 'refused' })
    const { targetId } = unwrap(await keepControlTarget(stage.store.ctx, { url: stage.store.url }))
    const own = await requestSyncRepair(stage.store.ctx, request(targetId))
    expect(own).toMatchObject({ ok: false, refusal: { code: 'target-is-control' } })
    const into = await requestSyncRepair(stage.store.ctx, request(stage.site.id, targetId))
    expect(into).toMatchObject({ ok: false, refusal: { code: 'target-is-control' } })
  })

  it('is refused as the same database when it has another name only', async () => {
    const url = stage.site.url.replace('localhost', '127.0.0.1')
    const again = unwrap(await addTarget(stage.store.ctx, { name: 'again', url, environment: 'development' }))
    const comparison = await stage.compare({ master: 'again' })
    expect(comparison).toMatchObject({ status: 'failed', inSync: null, error: { code: 'same-database' } })
    const operation = await stage.repair({ source: { kind: 'target', targetId: again.id } })
    expect(operation).toMatchObject({ status: 'failed', error: { code: 'same-database' } })
  })

  it('is not asked for by a viewer', async () => {
    const viewer = await createTestPerson(stage.store, 'viewer')
    const outcomes = [request(stage.master.id), request(stage.site.id)].map((one) =>
      requestSyncRepair(viewer, one),
    )
    for (const outcome of await Promise.all(outcomes))
      expect(outcome).toMatchObject({ ok: false, refusal: { code: 'forbidden' } })
  })
})
