import { beforeAll, describe, expect, it } from 'vitest'
import { countLost } from '#lib/drift/queries.ts'
import { requestDriftComparison } from '#lib/drift/request-drift-comparison.ts'
import { unwrap } from '#lib/errors.ts'
import { applyPolicy } from '#lib/targets/apply-policy.ts'
import { getPolicy } from '#lib/targets/queries.ts'
import { countsOf, createDriftStage, type DriftStage, foundOf } from '#lib/testing/drift-stage.ts'
import { createTestPerson } from '#lib/testing/test-db.ts'

const script = `
  create table public.clients (id int primary key, name text not null);
  create table public.projects (id int primary key, client_id int not null references public.clients (id), title text);
  create table public.leads (id int primary key, current_project_id int references public.projects (id), phone text);
  create table public.seats (row_name text, seat int, taken boolean not null, primary key (row_name, seat));
  create table public.notes (text text);
  insert into public.clients select n, 'Client ' || n from generate_series(1, 20) n;
  insert into public.projects values (1, 1, 'Test Project'), (2, 1, 'Oven Project');
  insert into public.leads select n, 1 + n % 2, '+49' || n from generate_series(1, 14) n;
  insert into public.seats select r, s, false from unnest(array['a', 'b']) r, generate_series(1, 5) s;
  insert into public.notes values ('one'), ('two'), ('two')`

const tables = ['public.clients', 'public.projects', 'public.leads', 'public.seats', 'public.notes']

const leadsToProjects = {
  table: 'public.leads',
  columns: ['current_project_id'],
  references: 'public.projects',
  referencedColumns: ['id'],
}

const useReferences = async (references: object[]) => {
  const { document } = await getPolicy(stage.store.db, stage.site.id)
  unwrap(await applyPolicy(stage.store.ctx, { name: 'site', document: { ...document, references } }))
}

let stage: DriftStage
beforeAll(async () => {
  stage = await createDriftStage(script)
})

describe('two databases', () => {
  it('that are alike are in sync, and the moments of both are known', async () => {
    const comparison = await stage.compare({ tables })
    expect(comparison).toMatchObject({ status: 'compared', inSync: true, error: null })
    expect(comparison.found!.tables).toHaveLength(5)
    expect(comparison.masterReadAt).toBeInstanceOf(Date)
    expect(+comparison.targetReadAt!).toBeGreaterThanOrEqual(+comparison.masterReadAt!)
  })

  it('of equal counts with 15 different rows are not in sync: each row is found, in both directions', async () => {
    await stage.site.sql.unsafe(`
      delete from public.clients where id between 6 and 10;
      insert into public.clients select n, 'New ' || n from generate_series(101, 105) n;
      update public.clients set name = upper(name) where id between 11 and 15`)
    const comparison = await stage.compare({ tables })
    expect(comparison.inSync).toBe(false)
    expect(countsOf(comparison, 'public.clients')).toEqual({
      masterRows: 20,
      targetRows: 20,
      missing: 5,
      extra: 5,
      changed: 5,
      inSync: false,
    })
    const { samples, changedColumns } = foundOf(comparison, 'public.clients')
    expect(changedColumns).toEqual([{ column: 'name', rows: 5 }])
    expect(samples).toContainEqual({
      kind: 'changed',
      key: 'id=11',
      master: { name: 'Client 11' },
      target: { name: 'CLIENT 11' },
    })
    expect(samples).toContainEqual({ kind: 'missing', key: 'id=6', master: { id: '6', name: 'Client 6' } })
    expect(samples).toContainEqual({ kind: 'extra', key: 'id=101', target: { id: '101', name: 'New 101' } })
    expect(samples).toHaveLength(15)
  })

  it('of 0 and 14 rows differ by 14, and 14 rows that refer to nothing are counted though their key is enforced', async () => {
    await stage.site.sql.unsafe('update public.leads set current_project_id = null')
    const emptied = await stage.compare({ tables: ['public.leads'] })
    expect(foundOf(emptied, 'public.leads')).toMatchObject({
      changed: 14,
      changedColumns: [{ column: 'current_project_id', rows: 14 }],
    })
    expect(emptied.found!.references).toMatchObject([
      { side: 'master', empty: 0, orphans: 0 },
      { side: 'target', empty: 14, orphans: 0, references: 'public.projects' },
    ])
    await useReferences([{ ...leadsToProjects, required: true }])
    const strict = await stage.compare({ tables: ['public.leads'] })
    expect(strict.found!.references).toMatchObject([
      { side: 'master', orphans: 0 },
      { side: 'target', orphans: 14, required: true, samples: expect.arrayContaining(['1 → nothing']) },
    ])
    expect(countLost(strict.found)).toBe(14)
    await useReferences([])
    await stage.site.sql.unsafe('delete from public.leads')
    const gone = await stage.compare({ tables: ['public.leads'] })
    expect(countsOf(gone, 'public.leads')).toMatchObject({ masterRows: 14, targetRows: 0, missing: 14 })
    expect(gone.inSync).toBe(false)
    expect(countLost(gone.found)).toBe(0)
  })

  it('are compared by composite keys, and without a key as multisets', async () => {
    await stage.site.sql.unsafe(`
      update public.seats set taken = true where row_name = 'b' and seat = 2;
      delete from public.seats where row_name = 'a' and seat = 5;
      delete from public.notes where ctid = (select min(ctid) from public.notes where text = 'two');
      insert into public.notes values ('one')`)
    const comparison = await stage.compare({ tables: ['public.seats', 'public.notes'] })
    expect(countsOf(comparison, 'public.seats')).toMatchObject({ missing: 1, changed: 1, extra: 0 })
    expect(foundOf(comparison, 'public.seats').samples[0]!.key).toBe('row_name=a, seat=5')
    expect(countsOf(comparison, 'public.notes')).toMatchObject({
      masterRows: 3,
      targetRows: 3,
      missing: 1,
      extra: 1,
      inSync: false,
    })
    expect(foundOf(comparison, 'public.notes').samples).toMatchObject([
      { kind: 'missing', master: { text: 'two' } },
      { kind: 'extra', target: { row: '(one)' } },
    ])
  })
})

it('a viewer may not ask for a comparison', async () => {
  const viewer = await createTestPerson(stage.store, 'viewer')
  const outcome = await requestDriftComparison(viewer, { target: 'site', master: 'agent' })
  expect(outcome).toMatchObject({ ok: false, refusal: { code: 'forbidden' } })
})
