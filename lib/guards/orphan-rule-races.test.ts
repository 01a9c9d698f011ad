import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PolicyInput } from '#lib/targets/policy.ts'
import { createGuardedTarget, type GuardedTarget, refusalOf } from '#lib/testing/guarded-target.ts'

const script = `
  create table public.users (id int primary key, deleted_at timestamptz);
  create table public.organizations (id int primary key, status text not null default 'active');
  create table public.members (
    id int generated always as identity primary key, user_id text not null, org_id int not null,
    is_active boolean not null default true
  );
  create index on public.members (user_id);
  create index on public.members (org_id);
  create table public.grants (id int generated always as identity primary key, user_id text not null, org_id int not null, field text not null, value text);
  create index on public.grants (user_id);
  insert into public.organizations select generate_series(1, 400);
`
const policy: PolicyInput = {
  budget: { statementRows: 100_000, transactionRows: 100_000, windowRows: 10_000_000 },
  protectedTables: ['members', 'users', 'grants'].map((table) => ({ table: `public.${table}` })),
  memberships: [
    {
      name: 'members',
      owners: ['owner'],
      users: { table: 'public.users', key: 'id', living: { deleted_at: null } },
      organizations: { table: 'public.organizations', key: 'id', living: { status: 'active' } },
      members: {
        table: 'public.members',
        user: 'user_id',
        organization: 'org_id',
        active: { is_active: true },
      },
      roles: {
        table: 'public.grants',
        user: 'user_id',
        organization: 'org_id',
        where: { field: 'role' },
        value: 'value',
      },
    },
  ],
}
const levels = ['read committed', 'repeatable read', 'serializable'] as const
const clientCount = 50

describe('clients that race', () => {
  let target: GuardedTarget
  let clients: postgres.Sql[]
  beforeAll(async () => {
    target = await createGuardedTarget(script, policy)
    expect(await target.install()).toMatchObject({ installed: true })
    clients = Array.from({ length: clientCount }, () => postgres(target.url, { max: 1, onnotice: () => {} }))
    await Promise.all(clients.map((client) => client`select 1`))
  })
  afterAll(() => Promise.all(clients.map((client) => client.end())))

  /**
   * Every client runs its statement in a transaction of this level, again after a serialization failure as every
   * application has to; how each of them ended.
   */
  const race = (level: string, statementOf: (client: number) => string): Promise<string[]> =>
    Promise.all(
      clients.map(async (client, index) => {
        for (;;) {
          try {
            await client.begin(`isolation level ${level}`, async (transaction) => {
              await transaction.unsafe(statementOf(index))
              await transaction`select 1`
            })
            return 'done'
          } catch (error) {
            if (!(error instanceof postgres.PostgresError)) throw error
            if (error.code !== '40001') return error.code
          }
        }
      }),
    )
  const refill = (fill: string) =>
    target.sql.begin(async (transaction) => {
      await transaction`select holdfast.open_permit('refill')`
      await transaction.unsafe(
        'delete from public.members; delete from public.grants; delete from public.users',
      )
      await transaction.unsafe(fill)
    })
  const pairs = clientCount / 2
  const rounds = 6

  it.each(levels)('for the last two memberships of a user leave one: %s', async (level) => {
    let done = 0
    const ends = new Set<string>()
    for (let round = 0; round < rounds; round++) {
      await refill(`insert into public.users select generate_series(1, ${pairs});
        insert into public.members (user_id, org_id) select u, o from generate_series(1, ${pairs}) u, generate_series(1, 2) o`)
      const outcome = await race(level, (client) => {
        const which = `user_id = '${1 + Math.floor(client / 2)}' and org_id = ${1 + (client % 2)}`
        return client % 3 === 0
          ? `delete from public.members where ${which}`
          : `update public.members set is_active = false where ${which}`
      })
      for (const end of outcome) ends.add(end)
      done += outcome.filter((end) => end === 'done').length
      const left = await target.sql`select user_id from public.members where is_active group by user_id`
      expect(left).toHaveLength(pairs)
    }
    // One of each two got through, and nothing but the rule stood in the way of the other.
    expect(done).toBe(pairs * rounds)
    expect([...ends].sort()).toEqual(['HF004', 'done'])
  })

  it.each(levels)('for the last two owners of an organisation leave one: %s', async (level) => {
    let done = 0
    const ends = new Set<string>()
    for (let round = 0; round < rounds; round++) {
      // User u owns organisation (u + 1) / 2, and is in organisation 400 too.
      await refill(`insert into public.users select generate_series(1, ${clientCount});
        insert into public.members (user_id, org_id) select u, o from generate_series(1, ${clientCount}) u, lateral (values ((u + 1) / 2), (400)) v (o);
        insert into public.grants (user_id, org_id, field, value) select u, (u + 1) / 2, 'role', 'owner' from generate_series(1, ${clientCount}) u`)
      const outcome = await race(level, (client) => {
        const user = client + 1
        const which = `user_id = '${user}' and org_id = ${Math.floor((user + 1) / 2)}`
        return [
          `delete from public.members where ${which}`,
          `delete from public.grants where ${which}`,
          `update public.grants set value = 'member' where ${which}`,
          `update public.users set deleted_at = now() where id = ${user}`,
          `update public.members set is_active = false where ${which}`,
        ][(client + round) % 5]!
      })
      for (const end of outcome) ends.add(end)
      done += outcome.filter((end) => end === 'done').length
      const left = await target.sql`
        select m.org_id from public.members m join public.users u on u.id::text = m.user_id and u.deleted_at is null
        join public.grants g on g.user_id = m.user_id and g.org_id = m.org_id and g.value = 'owner'
        where m.is_active group by m.org_id`
      expect(left).toHaveLength(pairs)
    }
    // One of each two got through, and nothing but the rule stood in the way of the other.
    expect(done).toBe(pairs * rounds)
    expect([...ends].sort()).toEqual(['HF004', 'done'])
  })

  it('never wait for each other crosswise in statements that take many', async () => {
    for (let round = 0; round < 5; round++) {
      // Each client takes one organisation's members, in an order of its own.
      await refill(`insert into public.users select generate_series(1, 200);
        insert into public.members (user_id, org_id)
        select u, o from generate_series(1, 200) u, generate_series(1, ${clientCount}) o order by random()`)
      const ends = await race(
        'read committed',
        (client) => `delete from public.members where org_id = ${client + 1}`,
      )
      expect(ends.filter((end) => !['done', 'HF004'].includes(end))).toEqual([])
      expect(ends).toContain('done')
      expect(await target.sql`select from public.members group by user_id`).toHaveLength(200)
    }
  })

  it.each([
    `update public.users set deleted_at = now() where id = 1`,
    `delete from public.members where user_id = '1' and org_id = 1`,
    `delete from public.grants where user_id = '1'`,
  ])('with somebody who is just made the owner wait for what comes of it: %s', async (statement) => {
    for (const level of levels) {
      await refill(`insert into public.users values (1), (2);
        insert into public.members (user_id, org_id) values ('1', 1), ('2', 1), ('1', 2), ('2', 2);
        insert into public.grants (user_id, org_id, field, value) values ('2', 1, 'role', 'owner'), ('1', 1, 'role', 'member')`)
      const [handing, other] = clients as [postgres.Sql, postgres.Sql]
      let taking: Promise<unknown> = Promise.resolve()
      await handing.begin(async (transaction) => {
        await transaction`update public.grants set value = 'owner' where user_id = '1'`
        await transaction`delete from public.grants where user_id = '2'`
        taking = refusalOf(other.begin(`isolation level ${level}`, (t) => t.unsafe(statement)))
        await waitForLock()
      })
      expect(['HF004', '40001']).toContain(((await taking) as { code: string }).code)
    }
  })

  const waitForLock = async () => {
    for (;;) {
      const [waiting] = await target.sql`
        select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
      if (waiting) return
    }
  }
})
