import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { unwrap } from '#lib/errors.ts'
import { keepJournals } from '#lib/guards/keep-journals.ts'
import { pauseGuards } from '#lib/guards/pause-guards.ts'
import { setCredential } from '#lib/targets/set-credential.ts'
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

describe('guards of the least-privileged guard role', () => {
  const guard = 'guard_test_guard'
  const restore = 'guard_test_restore'
  let target: GuardedTarget
  let server: postgres.Sql
  beforeAll(async () => {
    server = postgres(inject('serverUrl'), { max: 1, onnotice: () => {} })
    for (const name of [guard, restore]) {
      await server.unsafe(
        `drop role if exists ${name}; create role ${name} login password 'only-in-this-test'`,
      )
    }
    target = await createGuardedTarget(
      `create schema app;
       create table app.member (id int primary key);
       insert into app.member select generate_series(1, 50);
       do $$ begin execute format('grant create on database %I to ${guard}', current_database()); end $$;
       grant usage on schema app to ${guard}, ${restore};
       grant trigger on app.member to ${guard};
       grant select, delete on app.member to ${restore}`,
      policy,
    )
    for (const [role, name] of [
      ['guard', guard],
      ['restore', restore],
    ] as const) {
      const url = new URL(target.url)
      url.username = name
      url.password = 'only-in-this-test'
      unwrap(await setCredential(target.store.ctx, { name: target.name, role, url: url.toString() }))
    }
  })
  afterAll(async () => {
    await target.sql.unsafe(`drop owned by ${guard}, ${restore} cascade`)
    await server.unsafe(`drop owned by ${guard}, ${restore}; drop role ${guard}, ${restore}`)
    await server.end()
  })

  it('let the restore role open a permit, and nobody else', async () => {
    await target.install()
    const url = new URL(target.url)
    url.username = restore
    url.password = 'only-in-this-test'
    const sql = postgres(url.toString(), { max: 1, onnotice: () => {} })
    try {
      expect((await refusalOf(sql`delete from app.member where id <= 20`)).code).toBe('HF001')
      await sql.begin(async (transaction) => {
        await pauseGuards(transaction, 'operation-1')
        await transaction`delete from app.member where id <= 20`
      })
      expect((await refusalOf(sql`select * from holdfast.permits`)).code).toBe('42501')
    } finally {
      await sql.end()
    }
    expect(await target.sql`select from app.member`).toHaveLength(30)
  })

  it('forget whole periods of their journals once they ended before the policy’s days', async () => {
    const { ctx } = target.store
    const inDays = (days: number) => new Date(Date.now() + days * 86_400_000)
    expect(await keepJournals(ctx, target.targetId, inDays(0))).toEqual({ began: null, forgotten: 0 })
    const images = async () => {
      const [guarded] = await target.sql`select journal::text as journal from holdfast.guarded_tables`
      return (await target.sql.unsafe(`select from ${guarded!.journal}`)).length
    }
    const kept = await images()
    expect(kept).toBeGreaterThan(10)

    expect((await keepJournals(ctx, target.targetId, inDays(8))).began).not.toBeNull()
    expect(await images()).toBe(kept)
    await target.sql`delete from app.member where id = (select min(id) from app.member)`
    expect(await images()).toBe(kept + 1)

    expect((await keepJournals(ctx, target.targetId, inDays(39))).forgotten).toBeGreaterThan(0)
    expect(await images()).toBe(1)
    expect(await target.sql`select from holdfast.journal_statements`).toHaveLength(1)
  })

  it('are removed although the role owns none of the tables', async () => {
    await target.remove()
    expect(await target.sql`select to_regnamespace('holdfast') as left`).toEqual([{ left: null }])
    expect(await target.sql`select from pg_trigger where not tgisinternal`).toHaveLength(0)
  })
})
