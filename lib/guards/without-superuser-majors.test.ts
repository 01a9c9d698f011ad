import { randomBytes } from 'node:crypto'
import postgres from 'postgres'
import { beforeAll, describe, expect, it } from 'vitest'
import { guardEvents } from '#drizzle/schema/guards.ts'
import { unwrap } from '#lib/errors.ts'
import { watchTarget } from '#lib/guards/collect-guard-events.ts'
import { setCredential } from '#lib/targets/set-credential.ts'
import { cleanUp } from '#lib/testing/clean-up.ts'
import { createGuardedTarget, type GuardedTarget, refusalOf } from '#lib/testing/guarded-target.ts'
import { listCatalog } from '#lib/testing/list-catalog.ts'
import { postgresqlMajors, startMajorServer } from '#lib/testing/major-servers.ts'

const password = 'only-in-this-test'
const policy = {
  budget: { statementRows: 5, transactionRows: 10, windowRows: 100 },
  protectedTables: [{ table: 'app.member' }],
}
const tables = (role: string): string => `
  do $$ begin execute format('grant create on database %I to ${role}', current_database()); end $$;
  set role ${role};
  create schema app;
  create table app.member (id int primary key);
  insert into app.member select generate_series(1, 50);
  reset role;`

describe.each(postgresqlMajors)('guards without a superuser on PostgreSQL %i', (major) => {
  /** A target of a new role with these attributes, which owns its table. */
  async function createOwnedTarget(attributes: string, extra: (role: string) => string = () => '') {
    const serverUrl = await startMajorServer(major)
    const server = postgres(serverUrl, { max: 1, onnotice: () => {} })
    const role = `majors_${randomBytes(4).toString('hex')}`
    await server.unsafe(`create role ${role} login password '${password}' ${attributes}`)
    const target = await createGuardedTarget(
      tables(role) + extra(role),
      policy,
      { user: role, password },
      serverUrl,
    )
    cleanUp(async () => {
      await target.sql.unsafe(`drop owned by ${role} cascade`)
      await server.unsafe(`drop owned by ${role}; drop role ${role}`)
      await server.end()
    })
    return { target, before: await listCatalog(target.sql) }
  }
  const gapsOf = async (target: GuardedTarget): Promise<string[]> =>
    (await target.verify()).gaps.map((gap) => gap.what)

  describe('of a role that owns its tables and nothing else', () => {
    let target: GuardedTarget
    let before: string[]
    beforeAll(async () => {
      ;({ target, before } = await createOwnedTarget(''))
    })

    it('install without event triggers and evidence link, and say so', async () => {
      expect(await target.install()).toMatchObject({ installed: true, statements: [] })
      expect(await gapsOf(target)).toEqual(
        expect.arrayContaining([
          'DROP TABLE, DROP COLUMN and DISABLE TRIGGER',
          'Who tried what, of a refused statement',
        ]),
      )
      expect(await target.install()).toMatchObject({ installed: true, ran: 0 })
    })

    it('refuse, journal and count attempts all the same', async () => {
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
      expect(await target.install()).toMatchObject({ installed: true })
    })

    it('leave nothing when they are removed', async () => {
      await target.remove()
      expect(await listCatalog(target.sql)).toEqual(before)
    })
  })

  describe('of an administrator of a managed server, who may make roles and owns dblink', () => {
    let target: GuardedTarget
    let before: string[]
    beforeAll(async () => {
      ;({ target, before } = await createOwnedTarget(
        'createrole',
        // The provider's own machinery makes the extension on the administrator's behalf.
        (role) => `
          create schema holdfast authorization ${role};
          alter role ${role} superuser; set role ${role};
          create extension dblink schema holdfast;
          reset role; alter role ${role} nosuperuser;`,
      ))
    })

    it('keep who tried what, and miss the event triggers only', async () => {
      expect(await target.install()).toMatchObject({ installed: true })
      const gaps = await gapsOf(target)
      expect(gaps).toContain('DROP TABLE, DROP COLUMN and DISABLE TRIGGER')
      expect(gaps).not.toContain('Who tried what, of a refused statement')
      await refusalOf(target.sql`delete from app.member`)
      expect(await target.sql`select rows, role_name from holdfast.refused_attempts`).toEqual([
        { rows: '50', role_name: 'holdfast' },
      ])
      expect(await target.install()).toMatchObject({ installed: true, ran: 0 })
    })

    it('leave nothing when they are removed, the role of the evidence included', async () => {
      await target.remove()
      const own = before.filter((thing) => !/dblink|holdfast\.|^schema holdfast /.test(thing))
      expect(await listCatalog(target.sql)).toEqual(own)
    })
  })

  it('work with the least roles that the preflight proposes, one that installs and one that watches', async () => {
    const serverUrl = await startMajorServer(major)
    const suffix = randomBytes(4).toString('hex')
    const target = await createGuardedTarget(
      `create schema app; create table app.member (id int primary key);
      insert into app.member select generate_series(1, 50);
      create role watch_${suffix} login password '${password}' in role pg_monitor, pg_read_all_data;
      create role guard_${suffix} login password '${password}' bypassrls in role pg_read_all_data;
      do $$ begin execute format('grant create on database %I to guard_${suffix}', current_database()); end $$;
      grant usage on schema app to guard_${suffix}; grant trigger on app.member to guard_${suffix};`,
      policy,
      undefined,
      serverUrl,
    )
    const before = await listCatalog(target.sql)
    for (const role of ['watch', 'guard'] as const) {
      const url = new URL(target.url)
      url.username = `${role}_${suffix}`
      url.password = password
      unwrap(await setCredential(target.store.ctx, { name: target.name, role, url: url.toString() }))
    }
    await target.install()
    expect((await target.verify()).tables.flatMap((table) => table.problems)).toEqual([])
    await target.sql`delete from app.member where id <= 2`
    expect((await refusalOf(target.sql`delete from app.member`)).code).toBe('HF001')
    expect(await watchTarget(target.store.ctx, target.targetId)).toEqual({ news: true })
    expect(await target.store.db.select().from(guardEvents)).toMatchObject([{ kind: 'deleted', rows: 2 }])
    await target.remove()
    expect(await listCatalog(target.sql)).toEqual(before)
    await target.sql.unsafe(`drop owned by guard_${suffix}; drop role guard_${suffix}, watch_${suffix}`)
  })
})
