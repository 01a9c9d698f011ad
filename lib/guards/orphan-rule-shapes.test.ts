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
      insert into "Auth %s"."us""er" (id) select ('30000000-0000-0000-0000-' || lpad(i::text, 12, '0'))::uuid from generate_series(1, 20100) i;
      insert into public.links (org_id, "from", kind, is_active) select '${uuid(1, 2)}', id::text, 'MEMBER_OF', true from "Auth %s"."us""er" where id > '${uuid(3, 0)}'`)
    const refused = await refusalOf(target.sql`delete from public.links where org_id = ${uuid(1, 2)}`)
    expect(refused.message).toMatch(
      /^Holdfast: taking the last membership of 3.* and 19997 more in public.links is refused$/,
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
