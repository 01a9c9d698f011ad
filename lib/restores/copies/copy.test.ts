import { randomBytes } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { unwrap } from '#lib/errors.ts'
import type { Facts } from '#lib/facts/types.ts'
import type { OperationDetails } from '#lib/operations/queries.ts'
import { restoredSchema } from '#lib/restores/copies/restored-copies.ts'
import { inRolledBack } from '#lib/restores/plan-restore.ts'
import { requestRestore } from '#lib/restores/request-restore.ts'
import type { RestoreResult } from '#lib/restores/types.ts'
import { applyPolicy } from '#lib/targets/apply-policy.ts'
import { listTables } from '#lib/targets/introspect.ts'
import { getPolicy } from '#lib/targets/queries.ts'
import { leastPrivilegeSql } from '#lib/targets/role-sql.ts'
import { setCredential } from '#lib/targets/set-credential.ts'
import { cleanUp } from '#lib/testing/clean-up.ts'
import { createRestoreStage, type RestoreStage } from '#lib/testing/restore-stage.ts'

const script = `
  create schema shop;
  create type shop.mood as enum ('well', 'ill');
  create table shop.people (id int generated always as identity primary key, email text not null unique, mood shop.mood not null default 'well',
    tags text[], paid numeric(12,4), doubled numeric generated always as (paid * 2) stored, updated_at timestamptz not null default '2026-01-01');
  create table shop."odd ""lines" (person_id int not null references shop.people (id), "line;--" int, "%s" text, primary key (person_id, "line;--"));
  create table public.log (text text);
  insert into shop.people (email, mood, tags, paid)
    select 'p' || n, case n % 2 when 0 then 'well' else 'ill' end::shop.mood, array['a', n::text], n / 8.0 from generate_series(1, 1500) n;
  insert into shop."odd ""lines" select n, l, '$$' || n from generate_series(1, 1500) n, generate_series(1, 2) l;
  insert into public.log select 'same' from generate_series(1, 5)`

describe('a restore beside the originals', () => {
  let stage: RestoreStage
  let snapshotId: string
  let archiveId: string
  let damaged: Facts
  const sql = () => stage.target.sql
  const resultOf = (operation: OperationDetails) => operation.result as RestoreResult
  const plan = (more: Record<string, unknown> = {}) =>
    stage.restore({ source: { kind: 'snapshot', backupId: snapshotId }, into: 'copy', ...more })
  const done = async (operation: OperationDetails) => {
    if (operation.error) throw new Error(JSON.stringify(operation.error))
    const ended = await stage.run(operation)
    if (ended.status !== 'succeeded') throw new Error(JSON.stringify(ended.error))
    return ended
  }
  const count = async (relation: string, where = 'true') => {
    const [row] = await sql().unsafe<{ n: number }[]>(
      `select count(*)::int as n from ${relation} where ${where}`,
    )
    return row!.n
  }
  const copyOf = (operation: OperationDetails, table: string) => {
    const found = resultOf(operation).copy!.tables.find((one) => one.table === table)!
    return found.copy
  }

  beforeAll(async () => {
    stage = await createRestoreStage(script)
    const { document } = await getPolicy(stage.store.db, stage.target.id)
    const protectedTables = ['shop.people', 'shop."odd ""lines"', 'public.log'].map((table) => ({ table }))
    unwrap(
      await applyPolicy(stage.store.ctx, {
        name: stage.target.name,
        document: { ...document, protectedTables },
      }),
    )
    snapshotId = (await stage.take('snapshot')).id
    archiveId = (await stage.take('archive')).id
    await sql()`delete from shop."odd ""lines" where person_id > 1400`
    await sql()`delete from shop.people where id > 1400`
    await sql()`update shop.people set email = 'x' || id, updated_at = now() where id <= 10`
    await sql().unsafe('delete from public.log where ctid in (select ctid from public.log limit 2)')
    await sql()`alter default privileges grant all on tables to public`
    await sql()`alter default privileges grant all on schemas to public`
    damaged = await stage.facts()
  })

  it('is what a request means that does not say where, needs approval, and touches no live table', async () => {
    const operation = await stage.planned(
      requestRestore(stage.store.ctx, {
        targetId: stage.target.id,
        reason: 'look at what was lost',
        request: { source: { kind: 'snapshot', backupId: snapshotId } },
      }),
    )
    const schema = restoredSchema(operation.id)
    expect(operation).toMatchObject({ status: 'awaiting-approval', summary: { promisedRows: 100 + 200 + 2 } })
    expect(operation.summary!.sentence).toContain(`into the schema ${schema}`)
    expect(operation.summary!.statements[0]).toBe(`create schema "${schema}"`)
    expect(operation.summary!.statements[1]).toContain('create table')
    expect(operation.summary!.locks!.join()).toContain('No lock on the live tables')

    const result = resultOf(await done(operation))
    expect(result).toMatchObject({ writtenRows: 302, tables: [], sequences: [], undo: null })
    expect(result.copy!.tables.map(({ table, rows }) => [table, rows]).sort()).toEqual([
      ['public.log', 2],
      ['shop."odd ""lines"', 200],
      ['shop.people', 100],
    ])
    expect(await stage.differences(damaged)).toEqual([])
  })

  it('holds what the comparison found with the real types, closed to everybody, and says what it is', async () => {
    const operation = await done(await plan({ rows: 'changed' }))
    const people = copyOf(operation, 'shop.people')
    expect(await count(people)).toBe(110)
    expect(
      await count(people, `email = 'p3' and mood = 'ill' and tags = array['a', '3'] and paid = 0.375`),
    ).toBe(1)
    const types = await sql().unsafe<{ name: string; type: string }[]>(
      `select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute where attrelid = '${people}'::regclass and attnum > 0`,
    )
    expect(Object.fromEntries(types.map(({ name, type }) => [name, type]))).toMatchObject({
      mood: 'shop.mood',
      tags: 'text[]',
      paid: 'numeric(12,4)',
      updated_at: 'timestamp with time zone',
    })
    const { schema } = resultOf(operation).copy!
    const [open] = await sql()<{ open: number; note: string }[]>`
      select count(*) filter (where a.grantee = 0)::int as open, min(obj_description(n.oid, 'pg_namespace')) as note
      from pg_class c join pg_namespace n on n.oid = c.relnamespace,
        lateral (select * from aclexplode(c.relacl) union all select * from aclexplode(n.nspacl)) a
      where n.nspname = ${schema}`
    expect(open!.open).toBe(0)
    expect(open!.note).toContain(`restored ${operation.id}: the snapshot of`)
    // The application's type can go, with everything that is of it; the rows stay.
    await inRolledBack(sql(), async (transaction) => {
      await transaction.unsafe('alter table shop.people alter mood drop default, alter mood type text')
      await transaction.unsafe('drop type shop.mood cascade')
      const [kept] = await transaction.unsafe(
        `select count(*)::int as n from ${schema}.people_stored where mood = 'ill'`,
      )
      expect(kept).toEqual({ n: 55 })
    })
  })

  it('holds every row of the source where all is asked for, from an archive too, with what live has just so', async () => {
    const operation = await done(
      await stage.restore({
        source: { kind: 'archive', backupId: archiveId },
        into: 'copy',
        rows: 'all',
        tables: ['shop.people', 'public.log'],
      }),
    )
    expect(await count(copyOf(operation, 'shop.people'))).toBe(1500)
    expect(await count(copyOf(operation, 'shop.people'), `email = 'p' || id`)).toBe(1500)
    expect(await count(copyOf(operation, 'public.log'))).toBe(5)
  })

  it('is not kept out by what stands in the way of writing live: unique values, columns that may not be empty', async () => {
    await sql()`insert into shop.people (id, email) overriding system value values (5000, 'p1450')`
    const operation = await done(await plan({ tables: ['shop.people'] }))
    expect(await count(copyOf(operation, 'shop.people'), 'id = 1450')).toBe(1)
    await sql()`delete from shop.people where id > 1500`
  })

  it('lets everybody write to the live tables meanwhile', async () => {
    const operation = await plan({ tables: ['shop.people'] })
    const ended = await sql().begin(async (other) => {
      await other`lock table shop.people in share row exclusive mode`
      return done(operation)
    })
    expect(ended.status).toBe('succeeded')
  })

  it('gives statements with which a person moves the rows by hand and drops the rest', async () => {
    const operation = await done(await plan({ rows: 'changed' }))
    const { statements, schema } = resultOf(operation).copy!
    await inRolledBack(sql(), async (transaction) => {
      await transaction`select setval('shop.people_id_seq', 1400)`
      for (const statement of [...statements.look, ...statements.move, ...statements.reset, statements.drop])
        await transaction.unsafe(statement)
      const [left] = await transaction`
        select (select count(*)::int from shop.people where id > 1400) as people,
          (select count(*)::int from shop.people where email = 'p' || id) as same,
          (select count(*)::int from shop."odd ""lines" where person_id > 1400) as lines,
          (select last_value::int from shop.people_id_seq) as last, to_regnamespace(${schema}) is null as dropped`
      expect(left).toEqual({ people: 100, same: 1500, lines: 200, last: 1500, dropped: true })
    })
  })

  it('refuses and leaves no schema when other rows are missing by then', async () => {
    const operation = await plan({ tables: ['shop."odd ""lines"'] })
    await sql()`delete from shop."odd ""lines" where person_id = 1`
    const ended = await stage.run(operation)
    expect(ended).toMatchObject({ status: 'refused', error: { code: 'plan-stale' } })
    const [there] = await sql()`select to_regnamespace(${restoredSchema(operation.id)}) is not null as there`
    expect(there).toEqual({ there: false })
    await sql()`insert into shop."odd ""lines" values (1, 1, '$$1'), (1, 2, '$$1')`
  })

  it('is not taken for the application’s, in facts, lists and archives', async () => {
    await done(await plan())
    const tables = await listTables(sql())
    expect(tables.filter(({ schema }) => schema.startsWith('holdfast'))).toEqual([])
    expect(await stage.differences(damaged)).toEqual([])
    const archive = await stage.take('archive')
    expect(archive).toMatchObject({ status: expect.stringMatching(/good|suspicious/), error: null })
  })
})

describe('a restore beside the originals where no role of Holdfast is a superuser', () => {
  it('is made by the restore role, warns where every table is published, and says which right it lacks', async () => {
    const stage = await createRestoreStage(
      `create schema app;
       create table app.people (id int primary key, name text);
       insert into app.people select n, 'p' || n from generate_series(1, 40) n`,
      { environment: 'development' },
    )
    const { sql, name, url } = stage.target
    const mark = randomBytes(3).toString('hex')
    const database = new URL(url).pathname.slice(1)
    await sql.unsafe(
      leastPrivilegeSql(database, [{ schema: 'app', name: 'people' }])
        .replaceAll(/holdfast_(watch|backup|restore|guard)/g, `copy_$1_${mark}`)
        .replaceAll("'…'", "'secret'"),
    )
    const roles = ['watch', 'backup', 'restore', 'guard'] as const
    cleanUp(async () => {
      for (const role of roles)
        await sql.unsafe(`drop owned by copy_${role}_${mark} cascade; drop role copy_${role}_${mark}`)
    })
    for (const role of roles) {
      const own = new URL(url)
      own.username = `copy_${role}_${mark}`
      own.password = 'secret'
      unwrap(await setCredential(stage.store.ctx, { name, role, url: own.toString() }))
    }
    await stage.guard(['app.people'])
    const { id } = await stage.take('snapshot')
    await sql`delete from app.people where id > 30`
    await sql`create publication everything for all tables`
    const plan = () => stage.restore({ source: { kind: 'snapshot', backupId: id }, into: 'copy' })
    const first = await plan()
    expect(first.summary!.warnings.join()).toContain('everything publishes every table')
    const ended = await stage.run(first)
    expect(ended).toMatchObject({ status: 'succeeded', error: null, result: { writtenRows: 10 } })

    await sql.unsafe(`revoke create on database "${database}" from copy_restore_${mark}`)
    expect(await stage.run(await plan())).toMatchObject({
      status: 'failed',
      error: {
        code: 'no-right-to-copy',
        hint: `As the database’s owner: grant create on database "${database}" to "copy_restore_${mark}"`,
      },
    })
  })
})
