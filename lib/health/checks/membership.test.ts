import type postgres from 'postgres'
import { beforeAll, describe, expect, it } from 'vitest'
import { judgeLivingUsers } from '#lib/health/checks/membership.ts'
import type { Finding, RowHistory } from '#lib/health/types.ts'
import type { PolicyInput } from '#lib/targets/policy.ts'
import { findWith, openWatch } from '#lib/testing/check-stage.ts'
import { createTestDatabase } from '#lib/testing/test-db.ts'

const policy: PolicyInput = {
  memberships: [
    {
      name: 'team',
      users: { table: 'public.users', key: 'id', living: { gone: false } },
      organizations: { table: 'public.orgs', key: 'id', living: { closed: false } },
      members: {
        table: 'public.members',
        user: 'user_id',
        organization: 'org_id',
        where: { kind: 'member' },
      },
    },
  ],
}

describe('membership checks', () => {
  let owner: postgres.Sql
  let sql: postgres.Sql
  beforeAll(async () => {
    const database = await createTestDatabase(`
      create table public.users (id uuid primary key, gone boolean default false);
      create table public.orgs (id int primary key, closed boolean default false);
      create table public.members (user_id text, org_id int, kind text, primary key (user_id, org_id, kind));
      insert into public.users select ('00000000-0000-0000-0000-' || lpad(i::text, 12, '0'))::uuid from generate_series(1, 10) i;
      insert into public.orgs select generate_series(1, 3);
      insert into public.members select id::text, 1, 'member' from public.users`)
    owner = database.sql
    sql = openWatch(database.url)
  })

  const look = async (check: string): Promise<Finding> =>
    (await findWith(sql, policy, { area: 'membership' })).find(
      (found) => found.check === `membership.${check}:team`,
    )!

  it('name each membership of a user or an organisation that is not there, and none of those that are gone but there', async () => {
    await owner`update public.users set gone = true where id::text like '%1'`
    await owner`update public.orgs set closed = true where id = 1`
    await owner`insert into public.members values ('nobody', 2, 'member'), ('00000000-0000-0000-0000-000000000002', 99, 'member'), ('nobody', 98, 'member'), ('nobody', 97, 'follower')`
    expect((await look('dangling')).samples).toEqual([
      { id: '00000000-0000-0000-0000-000000000002,99,member', note: 'no organisation 99' },
      { id: 'nobody,2,member', note: 'no user nobody' },
      { id: 'nobody,98,member', note: 'no user nobody, organisation 98' },
    ])
    expect(await look('dangling')).toMatchObject({ severity: 'WARNING', affected: 3 })
    await owner`delete from public.members where user_id = 'nobody' or org_id = 99`
    expect((await look('dangling')).status).toBe('healthy')
  })

  it('see most users go without a row being deleted', async () => {
    const history: RowHistory = {
      highestOfDay: 10,
      highestOfWeek: 10,
      highestOfMonth: 10,
      provenRows: null,
      provenAt: null,
    }
    await owner`update public.users set gone = true where id::text > '00000000-0000-0000-0000-000000000002'`
    const findings = await findWith(sql, policy, {
      area: 'membership',
      history: { 'membership.users:team': history },
    })
    expect(findings.find(({ check }) => check === 'membership.users:team')).toMatchObject({
      status: 'unhealthy',
      severity: 'EMERGENCY',
      details: '1 living user: 9 fewer (−90.0 %) than the highest count of the last day.',
    })
    expect(judgeLivingUsers('shop', history)([{ total: 10 }]).status).toBe('healthy')
    expect(judgeLivingUsers('shop', undefined)([{ total: 0 }]).severity).toBe('EMERGENCY')
  })
})
