import postgres from 'postgres'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { pauseGuards } from '#lib/guards/pause-guards.ts'
import { findTools } from '#lib/servers/find-tools.ts'
import { type Dump, dumpDatabase, restoreDump, restoreIntoNew } from '#lib/testing/copy-database.ts'
import {
  createGuardedTarget,
  type GuardedTarget,
  refusalOf,
  registerGuardedTarget,
} from '#lib/testing/guarded-target.ts'
import { postgresqlMajors, startMajorServer } from '#lib/testing/major-servers.ts'

const script = `
  create schema app;
  create domain app.code as text check (value <> '');
  create table app.member (id int primary key, name text not null, code app.code, doubled int generated always as (id * 2) stored);
  insert into app.member (id, name, code) select i, 'm' || i, 'c' from generate_series(1, 100) i;
  create table app.line (id int primary key, member_id int not null references app.member);
  insert into app.line select i, i from generate_series(51, 100) i;
  create table app.part (id int, day int) partition by range (day);
  create table app.part_a partition of app.part for values from (0) to (10);
  insert into app.part select i, i % 10 from generate_series(1, 50) i;
`
const policy = {
  budget: { statementRows: 10, transactionRows: 15, windowRows: 100 },
  protectedTables: [{ table: 'app.member' }, { table: 'app.line' }, { table: 'app.part' }],
}
const linkGap = 'Who tried what, of a refused statement'
const whole = { code: 0, words: '' }
const count = async (sql: postgres.Sql, table: string): Promise<number> =>
  Number((await sql.unsafe(`select count(*) as n from ${table}`))[0]!.n)
const attempts = (sql: postgres.Sql) => count(sql, 'holdfast.refused_attempts')
const refuseDelete = async (sql: postgres.Sql) =>
  expect((await refusalOf(sql`delete from app.line`)).code).toBe('HF001')

// The embedded servers bring no client programs: a major that is newer than the newest pg_dump here is left out.
const dumpable = postgresqlMajors.filter((major) => findTools(major) !== null)

it('is tested on the major that Holdfast brings at least', () => {
  expect(dumpable).toContain(15)
})

describe.each(dumpable)('a plain dump of a guarded database on PostgreSQL %i', (major) => {
  let server: string
  let original: GuardedTarget
  let dump: Dump
  beforeAll(async () => {
    server = await startMajorServer(major)
    original = await createGuardedTarget(script, policy, undefined, server)
    expect(await original.install()).toMatchObject({ installed: true })
    await original.sql`delete from app.line where id = 51`
    dump = await dumpDatabase(original.url, major)
  })

  describe('restored into another database of the same server', () => {
    let copy: GuardedTarget
    beforeAll(async () => {
      const { sql, url, restored } = await restoreIntoNew(dump, server)
      expect(restored).toEqual(whole)
      copy = await registerGuardedTarget({ sql, url }, policy)
    })

    it('has the rows, the journal and its guards', async () => {
      expect(await count(copy.sql, 'app.member')).toBe(100)
      expect(await copy.sql`select rows from holdfast.journal_statements`).toEqual([{ rows: '1' }])
      await refuseDelete(copy.sql)
      expect((await refusalOf(copy.sql`truncate app.line`)).code).toBe('HF002')
      expect((await refusalOf(copy.sql`drop table app.line`)).code).toBe('HF003')
      await copy.sql`delete from app.line where id = 52`
      expect(await count(copy.sql, 'app.line')).toBe(48)
    })

    it('reports by nobody else’s link, neither into the original nor into itself', async () => {
      const before = [await attempts(original.sql), await attempts(copy.sql)]
      await refuseDelete(copy.sql)
      expect([await attempts(original.sql), await attempts(copy.sql)]).toEqual(before)
    })

    it('says whose link it holds, and an installation makes its own', async () => {
      const found = await copy.verify()
      expect(found.tables[0]!.problems.join()).toMatch(/evidence_\w+ may write its refused_attempts/)
      expect(found.gaps.map((gap) => gap.what)).toContain(linkGap)
      const repaired = await copy.install()
      expect(repaired).toMatchObject({ installed: true })
      expect(repaired.gaps.map((gap) => gap.what)).not.toContain(linkGap)
      const [inOriginal, inCopy] = [await attempts(original.sql), await attempts(copy.sql)]
      await refuseDelete(copy.sql)
      expect(await attempts(copy.sql)).toBe(inCopy + 1)
      expect(await attempts(original.sql)).toBe(inOriginal)
      await refuseDelete(original.sql)
      expect(await attempts(original.sql)).toBe(inOriginal + 1)
    })

    it('refuses pg_restore --disable-triggers on protected tables, and takes rows without it', async () => {
      await copy.sql.begin(async (transaction) => {
        await pauseGuards(transaction, 'operation-1')
        await transaction`delete from app.line`
      })
      const data = await dumpDatabase(original.url, major, ['--data-only', '--table=app.line'])
      const refused = await restoreDump(data, copy.url, ['--disable-triggers', '--exit-on-error'])
      expect(refused.code).not.toBe(0)
      expect(refused.words).toContain('switching its guard off is refused')
      expect(await copy.verify()).toMatchObject({ installed: true })
      expect(await restoreDump(data, copy.url)).toEqual(whole)
      expect(await count(copy.sql, 'app.line')).toBe(49)
    })

    it('can be rid of its guards, and the original keeps its own', async () => {
      await copy.remove()
      expect(await copy.sql`select to_regnamespace('holdfast') as left`).toEqual([{ left: null }])
      expect(await original.verify()).toMatchObject({ installed: true })
    })
  })

  it('restored into a database of the same name elsewhere has no way to the original', async () => {
    const { sql, restored } = await restoreIntoNew(dump, inject('serverUrl'))
    // Roles are not in a dump: the grant to the evidence's is the one thing that cannot be restored there.
    const errors = restored.words.match(/error: /g)?.length ?? 0
    expect(restored.words.match(/role "holdfast_evidence_\w+" does not exist/g) ?? []).toHaveLength(errors)
    const columns = await sql`
      select attname as name from pg_attribute where attrelid = 'holdfast.evidence_link'::regclass and attnum > 0 order by attnum`
    expect(columns.map((column) => column.name)).toEqual(['id', 'role_name', 'password'])
    await sql`update holdfast.evidence_link set role_name = 'holdfast_evidence_' || left(md5(current_database()), 8)`
    const before = await attempts(original.sql)
    await refuseDelete(sql)
    expect(await attempts(original.sql)).toBe(before)
  })

  it('takes a role that may read the guard, or leaves the guard out', async () => {
    const role = `guest_dumper_${major}`
    const url = new URL(original.url)
    url.username = role
    url.password = 'only-in-this-test'
    await original.sql.unsafe(`create role ${role} login password 'only-in-this-test';
      grant usage on schema app to ${role}; grant select on all tables in schema app to ${role}`)
    try {
      await expect(dumpDatabase(url.toString(), major)).rejects.toThrow(
        'permission denied for schema holdfast',
      )
      await dumpDatabase(url.toString(), major, ['--exclude-schema=holdfast'])
      await original.sql.unsafe(`grant pg_read_all_data to ${role}`)
      await dumpDatabase(url.toString(), major)
    } finally {
      await original.sql.unsafe(`drop owned by ${role}; drop role ${role}`)
    }
  })

  it('made without the schema of the guard brings the rows, and pg_restore names what it left out', async () => {
    const part = await dumpDatabase(original.url, major, ['--exclude-schema=holdfast'])
    const { sql, restored } = await restoreIntoNew(part, server)
    expect(restored.words).toContain('schema "holdfast" does not exist')
    expect(await count(sql, 'app.member')).toBe(100)
    await sql`delete from app.line`
    expect(await count(sql, 'app.line')).toBe(0)
  })

  describe('of the schema only', () => {
    let copy: { url: string; sql: postgres.Sql }
    beforeAll(async () => {
      const schema = await dumpDatabase(original.url, major, ['--schema-only'])
      const { restored, ...made } = await restoreIntoNew(schema, server)
      expect(restored).toEqual(whole)
      copy = made
    })

    it('takes the data by pg_restore --data-only --disable-triggers', async () => {
      const restored = await restoreDump(dump, copy.url, [
        '--data-only',
        '--disable-triggers',
        '--schema=app',
      ])
      expect(restored).toEqual(whole)
      expect(await count(copy.sql, 'app.line')).toBe(49)
      expect(
        await copy.sql`
        select tgname from pg_trigger where not tgisinternal and tgenabled <> 'O'`,
      ).toEqual([])
    })

    it('has guards that lost their budgets, and says what to do until they are installed', async () => {
      expect(await refusalOf(copy.sql`truncate app.part`)).toMatchObject({
        code: 'HF009',
        hint: expect.stringContaining('guards install'),
      })
      // Not a table of memberships: what nobody can count passes with a warning. Here it is rolled back.
      const warnings: string[] = []
      const session = postgres(copy.url, {
        max: 1,
        onnotice: ({ message }) => warnings.push(String(message)),
      })
      await session.unsafe('begin; delete from app.line; rollback')
      await session.end()
      expect(warnings.join()).toContain('the guard of app.line is damaged')
      const target = await registerGuardedTarget(copy, policy)
      const found = await target.verify()
      expect(found.installed).toBe(false)
      expect(found.tables[0]!.problems.join()).toContain('It has no budget')
      expect(await target.install()).toMatchObject({ installed: true })
      await refuseDelete(copy.sql)
    })
  })
})
