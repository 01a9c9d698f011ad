import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { createGuardedTarget, type GuardedTarget, refusalOf } from '#lib/testing/guarded-target.ts'

const role = 'guard_test_owner'
const policy = {
  budget: { statementRows: 5, transactionRows: 10, windowRows: 100 },
  protectedTables: [{ table: 'app.member' }],
}

describe('guards of a role that owns its tables and nothing else', () => {
  let target: GuardedTarget
  let server: postgres.Sql
  beforeAll(async () => {
    server = postgres(inject('serverUrl'), { max: 1, onnotice: () => {} })
    await server.unsafe(`drop role if exists ${role}; create role ${role} login password 'only-in-this-test'`)
    target = await createGuardedTarget(
      `do $$ begin execute format('grant create on database %I to ${role}', current_database()); end $$;
       set role ${role};
       create schema app;
       create table app.member (id int primary key);
       insert into app.member select generate_series(1, 50);
       reset role`,
      policy,
      { user: role, password: 'only-in-this-test' },
    )
  })
  afterAll(async () => {
    await target.sql.unsafe(`drop owned by ${role} cascade`)
    await server.unsafe(`drop owned by ${role}; drop role ${role}`)
    await server.end()
  })

  it('install without event triggers and evidence link, and say so', async () => {
    const report = await target.install()
    expect(report).toMatchObject({ installed: true, statements: [] })
    const gaps = report.gaps.map((gap) => gap.what)
    expect(gaps).toContain('DROP TABLE, DROP COLUMN and DISABLE TRIGGER')
    expect(gaps).toContain('Who tried what, of a refused statement')
    expect(await target.install()).toMatchObject({ installed: true, ran: 0 })
  })

  it('refuse, journal and count all the same', async () => {
    expect((await refusalOf(target.sql`delete from app.member`)).code).toBe('HF001')
    expect((await refusalOf(target.sql`truncate app.member`)).code).toBe('HF002')
    await target.sql`delete from app.member where id <= 2`
    expect(await target.sql`select rows from holdfast.journal_statements`).toEqual([{ rows: '2' }])
    const [counter] = await target.sql`
      select pg_sequence_last_value(attempts) as attempts from holdfast.guarded_tables`
    expect(counter!.attempts).toBe('2')
  })

  it('find afterwards what they cannot refuse', async () => {
    await target.sql`alter table app.member disable trigger user`
    expect((await target.verify()).tables[0]).toMatchObject({ state: 'tampered' })
    await target.install()
    await target.sql`drop table app.member`
    expect((await target.verify()).tables[0]).toMatchObject({ state: 'unsupported' })
  })

  it('leave nothing when they are removed', async () => {
    await target.remove()
    expect(await target.sql`select to_regnamespace('holdfast') as left`).toEqual([{ left: null }])
  })
})
