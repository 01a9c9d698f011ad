import { randomBytes } from 'node:crypto'
import postgres from 'postgres'
import { beforeAll, describe, expect, it } from 'vitest'
import type { PolicyInput } from '#lib/targets/policy.ts'
import { cleanUp } from '#lib/testing/clean-up.ts'
import { createGuardedTarget, type GuardedTarget, refusalOf } from '#lib/testing/guarded-target.ts'
import { listCatalog } from '#lib/testing/list-catalog.ts'
import { postgresqlMajors, startMajorServer } from '#lib/testing/major-servers.ts'

const policy: PolicyInput = {
  budget: { statementRows: 1000, transactionRows: 5000, windowRows: 100_000 },
  protectedTables: [{ table: 'app.members' }, { table: 'app.users' }, { table: 'app.roles' }],
  memberships: [
    {
      name: 'members',
      owners: ['owner'],
      users: { table: 'app.users', key: 'id', living: { gone: false } },
      members: { table: 'app.members', user: 'user_id', organization: 'team' },
      roles: { table: 'app.roles', user: 'user_id', value: 'role' },
    },
  ],
  references: [
    { table: 'app.roles', columns: ['user_id'], references: 'app.users', referencedColumns: ['id'] },
  ],
}
const password = 'only-in-this-test'

describe.each(postgresqlMajors)('the orphaning rule of an ordinary role on PostgreSQL %i', (major) => {
  let target: GuardedTarget
  let before: string[]
  beforeAll(async () => {
    const serverUrl = await startMajorServer(major)
    const server = postgres(serverUrl, { max: 1, onnotice: () => {} })
    const role = `orphans_${randomBytes(4).toString('hex')}`
    await server.unsafe(`create role ${role} login password '${password}'`)
    target = await createGuardedTarget(
      `do $$ begin execute format('grant create on database %I to ${role}', current_database()); end $$;
       set role ${role};
       create schema app;
       create table app.users (id uuid primary key, gone boolean not null default false);
       create table app.members (user_id text, team int, primary key (user_id, team));
       create table app.roles (user_id varchar(60) primary key, role text);
       insert into app.users select ('20000000-0000-0000-0000-' || lpad(i::text, 12, '0'))::uuid from generate_series(1, 20) i;
       insert into app.members select id::text, t from app.users, generate_series(1, 2) t;
       insert into app.roles select id::text, case when right(id::text, 1) = '1' then 'owner' else 'member' end from app.users;
       alter table app.users enable row level security;
       reset role`,
      policy,
      { user: role, password },
      serverUrl,
    )
    before = await listCatalog(target.sql)
    cleanUp(async () => {
      await target.sql.unsafe(`drop owned by ${role} cascade`)
      await server.unsafe(`drop owned by ${role}; drop role ${role}`)
      await server.end()
    })
  })
  const user = (n: number) => `20000000-0000-0000-0000-${String(n).padStart(12, '0')}`

  it('installs whole, and again without a statement', async () => {
    expect(await target.install()).toMatchObject({ installed: true, statements: [] })
    expect(await target.install()).toMatchObject({ installed: true, ran: 0 })
  })

  it('keeps the last membership, the last owner and what is referred to', async () => {
    for (const [statement, what] of [
      [`delete from app.members where user_id = '${user(2)}'`, 'the last membership'],
      [
        `update app.members set team = 3 where user_id in ('${user(1)}', '${user(11)}') and team = 1`,
        'the last owner',
      ],
      [`update app.roles set role = 'member'`, 'the last owner'],
      [`delete from app.users where id = '${user(2)}'`, 'which other rows still refer to'],
    ] as const) {
      expect(await refusalOf(target.sql.unsafe(statement)), statement).toMatchObject({
        code: 'HF004',
        message: expect.stringContaining(what),
      })
    }
    await target.sql.begin(async (transaction) => {
      await transaction`delete from app.members where user_id = ${user(3)}`
      await transaction`insert into app.members values (${user(3)}, 7)`
    })
    await target.sql.begin(async (transaction) => {
      await transaction`delete from app.members where user_id = ${user(4)}`
      await transaction`delete from app.users where id = ${user(4)}`
      await transaction`delete from app.roles where user_id = ${user(4)}`
    })
  })

  it.each(['read committed', 'repeatable read', 'serializable'])(
    'keeps one of two in a race: %s',
    async (level) => {
      const clients = [0, 1].map(() => postgres(target.url, { max: 1, onnotice: () => {} }))
      try {
        for (let n = 5; n <= 9; n++) {
          await target.sql`insert into app.members values (${user(n)}, 1), (${user(n)}, 2) on conflict do nothing`
          const ends = await Promise.all(
            clients.map((client, index) =>
              client
                .begin(`isolation level ${level}`, async (transaction) => {
                  await transaction`delete from app.members where user_id = ${user(n)} and team = ${index + 1}`
                  await transaction`select pg_sleep(0.02)`
                })
                .then(
                  () => 'done',
                  (error: { code: string }) => error.code,
                ),
            ),
          )
          expect(ends).toContain('done')
          expect(['HF004', '40001']).toContain(ends.find((end) => end !== 'done'))
        }
      } finally {
        await Promise.all(clients.map((client) => client.end()))
      }
    },
  )

  it('leaves nothing when it is removed', async () => {
    await target.remove()
    expect(await listCatalog(target.sql)).toEqual(before)
  })
})
