import { beforeAll, describe, expect, it } from 'vitest'
import { toStatement } from '#lib/sql/fragment.ts'
import { listTables } from '#lib/targets/introspect.ts'
import { lockedOutSql, lockoutReasons } from '#lib/targets/membership-sql.ts'
import { type PolicyInput, policySchema } from '#lib/targets/policy.ts'
import { createGuardedTarget, type GuardedTarget, refusalOf } from '#lib/testing/guarded-target.ts'

const budget = { statementRows: 100_000, transactionRows: 100_000, windowRows: 1_000_000 }

/** A universal model: typed links by text ids, roles among other fields. Names of all kinds. */
const universal = `
  create schema "Auth %s";
  create type public.state as enum ('live', 'gone', 'it''s');
  create table "Auth %s"."us""er" (id uuid primary key, "e mail" text, state public.state not null default 'live', removed timestamptz);
  create table public.orgs (id uuid primary key, status varchar(10));
  create table public.links (
    id bigint generated always as identity primary key, org_id uuid, "from" text, kind text not null, is_active boolean,
    "starts at" timestamptz, until timestamptz
  );
  create index on public.links ("from");
  create table public.fields (id bigint generated always as identity primary key, org_id uuid, entity text, name text, value text);
  create index on public.fields (entity);
`
const universalPolicy: PolicyInput = {
  budget,
  protectedTables: [{ table: 'public.links' }, { table: 'public.fields' }, { table: '"Auth %s"."us""er"' }],
  memberships: [
    {
      name: 'universal-members-of-a-very-long-name-that-goes-on-and-on',
      owners: ['owner', "o'wner"],
      users: {
        table: '"Auth %s"."us""er"',
        key: 'id',
        label: 'e mail',
        living: { removed: null, state: ['live', "it's"] },
      },
      organizations: { table: 'public.orgs', key: 'id', living: { status: ['active', null] } },
      members: {
        table: 'public.links',
        user: 'from',
        organization: 'org_id',
        where: { kind: 'MEMBER_OF' },
        active: { is_active: true },
        startsAt: 'starts at',
        expiresAt: 'until',
      },
      roles: {
        table: 'public.fields',
        user: 'entity',
        organization: 'org_id',
        where: { name: 'role' },
        value: 'value',
      },
    },
  ],
}
const uuid = (kind: number, n: number) => `${kind}0000000-0000-0000-0000-${String(n).padStart(12, '0')}`

describe('the orphaning rule on a universal model', () => {
  let target: GuardedTarget
  beforeAll(async () => {
    target = await createGuardedTarget(universal, universalPolicy)
    expect(await target.install()).toMatchObject({ installed: true })
    await target.sql.unsafe(`
      insert into public.orgs values ('${uuid(1, 1)}', 'active'), ('${uuid(1, 2)}', null), ('${uuid(1, 3)}', 'closed');
      insert into "Auth %s"."us""er" (id) select ('20000000-0000-0000-0000-' || lpad(i::text, 12, '0'))::uuid from generate_series(1, 30) i;
      insert into public.links (org_id, "from", kind, is_active) select '${uuid(1, 1)}', id::text, 'MEMBER_OF', true from "Auth %s"."us""er";
      insert into public.links (org_id, "from", kind, is_active) select '${uuid(1, 1)}', id::text, 'LIKES', true from "Auth %s"."us""er";
      insert into public.links (org_id, "from", kind, is_active) values ('${uuid(1, 1)}', 'not a user', 'MEMBER_OF', true);
      insert into public.fields (org_id, entity, name, value) select '${uuid(1, 1)}', id::text, 'role', case id when '${uuid(2, 1)}' then 'o''wner' else 'clerk' end from "Auth %s"."us""er";
    `)
  })

  it('keeps the last membership and lets everything else in the table go', async () => {
    const refused = await refusalOf(
      target.sql`delete from public.links where "from" = ${uuid(2, 5)} and kind = 'MEMBER_OF'`,
    )
    expect(refused.message).toContain(uuid(2, 5))
    await target.sql`delete from public.links where kind = 'LIKES'`
    await target.sql`delete from public.links where "from" = 'not a user'`
    expect((await refusalOf(target.sql`update public.links set kind = 'WAS_MEMBER_OF'`)).code).toBe('HF004')
  })

  it('keeps the last owner, whose role is in a table of its own', async () => {
    for (const statement of [
      `delete from public.fields where entity = '${uuid(2, 1)}'`,
      `update public.fields set value = 'clerk' where entity = '${uuid(2, 1)}'`,
      `update public.fields set name = 'rolle'`,
      `update public.fields set org_id = '${uuid(1, 2)}' where entity = '${uuid(2, 1)}'`,
      `update public.links set org_id = '${uuid(1, 2)}' where "from" = '${uuid(2, 1)}'`,
      `update "Auth %s"."us""er" set state = 'gone' where id = '${uuid(2, 1)}'`,
    ]) {
      expect((await refusalOf(target.sql.unsafe(statement))).message, statement).toContain(
        `the last owner of ${uuid(1, 1)}`,
      )
    }
    await target.sql`update public.fields set value = 'admin' where entity = ${uuid(2, 2)}`
    await target.sql`update public.fields set value = 'owner' where entity = ${uuid(2, 3)}`
    await target.sql`update public.fields set value = 'clerk' where entity = ${uuid(2, 1)}`
  })

  it('takes many at once, planned for many', async () => {
    await target.sql.unsafe(`
      insert into "Auth %s"."us""er" (id) select ('30000000-0000-0000-0000-' || lpad(i::text, 12, '0'))::uuid from generate_series(1, 12000) i;
      insert into public.links (org_id, "from", kind, is_active) select '${uuid(1, 2)}', id::text, 'MEMBER_OF', true from "Auth %s"."us""er" where id > '${uuid(3, 0)}'`)
    const refused = await refusalOf(target.sql`delete from public.links where org_id = ${uuid(1, 2)}`)
    expect(refused.message).toMatch(
      /^Holdfast: taking the last membership of 3.* and 9997 more in public.links is refused$/,
    )
    await target.sql.begin(async (transaction) => {
      await transaction`delete from public.links where org_id = ${uuid(1, 2)}`
      await transaction.unsafe(`delete from "Auth %s"."us""er" where id > '${uuid(3, 0)}'`)
    })
  })

  it('means by a membership what the health checks mean', async () => {
    // Two thousand users with random rows of every state; nulls included.
    await target.sql.begin(async (transaction) => {
      await transaction`select holdfast.open_permit('fill')`
      await transaction.unsafe(`
        delete from public.links; delete from public.fields; delete from "Auth %s"."us""er";
        insert into "Auth %s"."us""er" (id, state, removed)
        select ('20000000-0000-0000-0000-' || lpad(i::text, 12, '0'))::uuid,
          (array['live', 'live', 'it''s', 'gone'])[1 + (random() * 3.9)::int % 4]::public.state, case when random() < 0.1 then now() end
        from generate_series(1, 2000) i;
        insert into public.links (org_id, "from", kind, is_active, "starts at", until)
        select case when random() < 0.05 then null else ('10000000-0000-0000-0000-' || lpad((1 + (random() * 3.9)::int)::text, 12, '0'))::uuid end,
          '20000000-0000-0000-0000-' || lpad((1 + (random() * 2100)::int)::text, 12, '0'), case when random() < 0.9 then 'MEMBER_OF' else 'LIKES' end,
          case when random() < 0.1 then null else random() < 0.7 end,
          case when random() < 0.3 then now() + (random() * 20 - 15) * interval '1 day' end,
          case when random() < 0.5 then now() + (random() * 20 - 8) * interval '1 day' end
        from generate_series(1, 4000) i`)
    })
    const policy = policySchema.parse(universalPolicy)
    const rule = policy.memberships[0]!
    const tables = await listTables(target.sql)
    const lockedOut = new Set<string>()
    for (const reason of lockoutReasons) {
      const { text, parameters } = toStatement(lockedOutSql(rule, tables, reason))
      const everybody = text.replace(/limit \d+/, 'limit 100000')
      const [row] = await target.sql.unsafe(everybody, parameters)
      for (const { id } of row!.samples ?? []) lockedOut.add(id)
    }
    const [finder] = await target.sql`
      select proname as name from pg_proc where proname like 'find\\_orphans\\_%\\_users'`
    const found = await target.sql.unsafe(`
      select distinct f.key from holdfast.${finder!.name}(
        (select array_agg(id::text) from "Auth %s"."us""er"), (select array_agg('${uuid(1, 1)}'::text) from "Auth %s"."us""er"), now()) f`)
    expect(found.length).toBeGreaterThan(300)
    expect(new Set(found.map((row) => row.key))).toEqual(lockedOut)
  })
})

describe('the orphaning rule', () => {
  const plain = `
    create table public.person (id bigint primary key);
    create table public.team_member (person_id bigint references public.person on delete cascade, team int, primary key (person_id, team)) partition by range (person_id);
    create table public.team_member_a partition of public.team_member for values from (0) to (100);
    create table public.team_member_b partition of public.team_member default;
    insert into public.person select generate_series(1, 200);
    insert into public.team_member select i, i from generate_series(1, 200) i where i <> 50;
  `
  const policyWith = (mode: 'refuse' | 'warn', owners: string[] = []): PolicyInput => ({
    budget,
    protectedTables: [{ table: 'public.team_member', mode }],
    memberships: [
      {
        name: 'teams',
        owners,
        users: { table: 'public.person', key: 'id' },
        members: { table: 'public.team_member', user: 'person_id', organization: 'team' },
      },
    ],
  })

  const withEnd = (policy: PolicyInput): PolicyInput => ({
    ...policy,
    memberships: policy.memberships!.map((rule) => ({
      ...rule,
      users: { ...rule.users, living: { ends: null } },
    })),
  })

  it('holds for partitions, through their parent and by themselves, without a table of organisations', async () => {
    const target = await createGuardedTarget(plain, policyWith('refuse'))
    await target.install()
    for (const statement of [
      'delete from public.team_member where person_id in (7, 150)',
      'delete from public.team_member_a where person_id = 7',
      'update public.team_member_b set person_id = 199 where person_id = 150',
      'update public.team_member set person_id = 50 where person_id = 150',
    ]) {
      expect((await refusalOf(target.sql.unsafe(statement))).code, statement).toBe('HF004')
    }
    // Moved to another partition, in one statement.
    await target.sql`insert into public.person values (1000)`
    await target.sql.begin(async (transaction) => {
      await transaction`update public.team_member set person_id = 1000 where person_id = 8`
      await transaction`delete from public.person where id = 8`
    })
    // With their user, by the foreign key.
    await target.sql`delete from public.person where id between 100 and 120`
    expect(await target.sql`select from public.team_member`).toHaveLength(178)
  })

  it('installs where orphans exist already, and lets them be', async () => {
    const target = await createGuardedTarget(plain, policyWith('refuse'))
    expect(await target.install()).toMatchObject({ installed: true })
    await target.sql`insert into public.team_member values (50, 1)`
    await target.sql`delete from public.person where id = 50`
  })

  it('only warns where the policy says so', async () => {
    const target = await createGuardedTarget(plain, policyWith('warn'))
    await target.install()
    await target.sql`delete from public.team_member where person_id = 7`
    expect(await target.sql`select from public.team_member where person_id = 7`).toHaveLength(0)
  })

  it('is a gap in the coverage where the table is not protected, and off where the policy says so', async () => {
    const unprotected = await createGuardedTarget(plain, {
      ...policyWith('refuse'),
      protectedTables: [{ table: 'public.person' }],
    })
    const report = await unprotected.install()
    expect(report).toMatchObject({ installed: true })
    expect(report.gaps.map((gap) => gap.what)).toContain('Orphans by changes of public.team_member')
    const off = policyWith('refuse')
    off.memberships![0]!.orphaning = 'off'
    const target = await createGuardedTarget(plain, off)
    expect(await target.install()).toMatchObject({ installed: true })
    await target.sql`delete from public.team_member where person_id = 7`
    expect(await target.sql`select to_regclass('holdfast.orphan_suspects') as found`).toEqual([
      { found: null },
    ])
  })

  it('says which column the policy misnames, and keeps the budgets', async () => {
    const target = await createGuardedTarget(
      `${plain} alter table public.person add ends date`,
      withEnd(policyWith('refuse')),
    )
    // After the policy was taken.
    await target.sql`alter table public.person drop column ends`
    const report = await target.install()
    expect(report.tables[0]).toMatchObject({
      state: 'unsupported',
      problems: ['Its orphaning rule teams cannot be kept: public.person has no column ends.'],
    })
    await target.sql`delete from public.team_member where person_id = 7`
    expect(await target.sql`select rows from holdfast.journal_statements`).toEqual([{ rows: '1' }])
  })

  it('is found switched off, replaced or gone, and repaired; removal leaves nothing of it', async () => {
    const target = await createGuardedTarget(plain, policyWith('refuse'))
    await target.install()
    expect(await target.install()).toMatchObject({ installed: true, ran: 0 })
    const [trigger] = await target.sql`
      select tgname as name from pg_trigger where tgname like 'guard\\_orphans\\_%\\_delete' and tgrelid = 'public.team_member'::regclass`
    const [finder] =
      await target.sql`select proname as name from pg_proc where proname like 'find\\_orphans\\_%'`
    for (const [tamper, problem] of [
      [
        `alter table public.team_member disable trigger ${trigger!.name}`,
        'The DELETE trigger of its orphaning rule is disabled.',
      ],
      [
        `drop trigger ${trigger!.name} on public.team_member_a`,
        'The DELETE trigger of its orphaning rule is missing.',
      ],
      [
        `create or replace function holdfast.${trigger!.name}() returns trigger language plpgsql security definer set search_path = '' set row_security = off as 'begin return null; end'`,
        'A function of its orphaning rule was replaced.',
      ],
      [`drop function holdfast.${finder!.name}`, 'A function of its orphaning rule is missing.'],
      [
        'alter table holdfast.orphan_suspects disable trigger all',
        'The trigger that settles its orphaning rule is switched off or was replaced.',
      ],
      ['drop table holdfast.membership_locks', 'The tables of its orphaning rule are missing.'],
      [
        `create or replace function holdfast.touch_membership_locks(rule text, kind text, keys text[]) returns void language sql security definer set search_path = '' as ''`,
        'Its touch_membership_locks() was replaced.',
      ],
    ] as const) {
      await target.sql.begin(async (transaction) => {
        await transaction`select holdfast.open_permit('tamper')`
        await transaction.unsafe(tamper)
      })
      const found = await target.verify()
      expect(found.tables[0]!.problems, tamper).toContain(problem)
      expect(await target.install(), tamper).toMatchObject({ installed: true })
      expect((await refusalOf(target.sql`delete from public.team_member where person_id = 7`)).code).toBe(
        'HF004',
      )
    }
    await target.remove()
    expect(await target.sql`select to_regnamespace('holdfast') as left`).toEqual([{ left: null }])
    await target.sql`delete from public.team_member`
  })
})
