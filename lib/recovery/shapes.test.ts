import { beforeAll, describe, expect, it } from 'vitest'
import { unwrap } from '#lib/errors.ts'
import type { OperationKind } from '#lib/operations/types.ts'
import { findLatestSearch } from '#lib/recovery/queries.ts'
import { recoveryKind } from '#lib/recovery/recovery-kind.ts'
import { requestRecovery } from '#lib/recovery/request-recovery.ts'
import { requestRecoverySearch } from '#lib/recovery/request-recovery-search.ts'
import type { RecoveryResult, RecoverySearch } from '#lib/recovery/types.ts'
import { applyPolicy } from '#lib/targets/apply-policy.ts'
import type { PolicyInput } from '#lib/targets/policy.ts'
import { getPolicy } from '#lib/targets/queries.ts'
import { createRestoreStage, type RestoreStage } from '#lib/testing/restore-stage.ts'

type Rule = NonNullable<PolicyInput['memberships']>[number]

interface Shape {
  script: string
  rule: Omit<Rule, 'name'>
  /** What has to be as before, as SQL relations. */
  watched: string[]
  loss: string
  lockedOut: number
}

/** The shapes of the systems that people told of, and the plain ones. */
const shapes: Record<string, Shape> = {
  'typed-links': {
    script: `
      create schema auth;
      create table auth.users (id uuid primary key default gen_random_uuid(), email text not null, deleted_at timestamptz);
      create function auth.refuse() returns trigger language plpgsql as $$ begin raise exception 'auth.users is not ours'; end $$;
      create table public.core_organizations (id uuid primary key default gen_random_uuid(), organization_name text, status text default 'active');
      create table public.core_relationships (id uuid primary key default gen_random_uuid(), organization_id uuid not null, from_entity_id text not null,
        to_entity_id text not null, relationship_type text not null, smart_code text, is_active boolean default true,
        relationship_data jsonb, effective_date timestamptz, expiration_date timestamptz);
      create table public.core_dynamic_data (id uuid primary key default gen_random_uuid(), organization_id uuid not null, entity_id text not null,
        field_name text not null, field_value_text text, unique (organization_id, entity_id, field_name));
      insert into public.core_organizations (organization_name) values ('Nord'), ('Süd');
      insert into auth.users (email) select 'a' || n || '@hera.test' from generate_series(1, 12) n;
      update auth.users set deleted_at = now() where email = 'a12@hera.test';
      create trigger refuse before insert or update or delete on auth.users for each row execute function auth.refuse();
      insert into public.core_relationships (organization_id, from_entity_id, to_entity_id, relationship_type, smart_code, relationship_data, expiration_date)
        select o.id, u.id::text, o.id::text, t, 'HERA.AUTH.MEMBER.v1', jsonb_build_object('permissions', array['read']), case when u.email like 'a1%' then timestamptz '2199-01-01' end
        from auth.users u, public.core_organizations o, unnest(array['USER_MEMBER_OF_ORG', 'LIKES']) t
        where o.organization_name = 'Nord' or u.email like 'a2%';
      insert into public.core_dynamic_data (organization_id, entity_id, field_name, field_value_text)
        select organization_id, from_entity_id, f, case f when 'role' then 'stylist' else 'blue' end
        from public.core_relationships, unnest(array['role', 'colour']) f where relationship_type = 'USER_MEMBER_OF_ORG';`,
    rule: {
      owners: ['owner'],
      users: { table: 'auth.users', key: 'id', label: 'email', living: { deleted_at: null } },
      organizations: {
        table: 'public.core_organizations',
        key: 'id',
        label: 'organization_name',
        living: { status: 'active' },
      },
      members: {
        table: 'public.core_relationships',
        user: 'from_entity_id',
        organization: 'organization_id',
        where: { relationship_type: 'USER_MEMBER_OF_ORG' },
        active: { is_active: true },
        startsAt: 'effective_date',
        expiresAt: 'expiration_date',
      },
      roles: {
        table: 'public.core_dynamic_data',
        user: 'entity_id',
        organization: 'organization_id',
        where: { field_name: 'role' },
        value: 'field_value_text',
      },
    },
    watched: [
      'public.core_relationships',
      `(select * from public.core_dynamic_data where field_name = 'role')`,
      'auth.users',
    ],
    loss: `
      delete from public.core_relationships r using auth.users u where r.from_entity_id = u.id::text and u.email in ('a1@hera.test', 'a2@hera.test', 'a12@hera.test') and relationship_type = 'USER_MEMBER_OF_ORG';
      delete from public.core_dynamic_data d using auth.users u where d.entity_id = u.id::text and u.email in ('a1@hera.test', 'a2@hera.test', 'a3@hera.test', 'a12@hera.test') and field_name = 'role';
      update public.core_relationships set is_active = false where from_entity_id = (select id::text from auth.users where email = 'a4@hera.test') and relationship_type = 'USER_MEMBER_OF_ORG';
      update public.core_relationships set expiration_date = '2001-01-01' where from_entity_id = (select id::text from auth.users where email = 'a5@hera.test') and relationship_type = 'USER_MEMBER_OF_ORG';
      update public.core_relationships set effective_date = '2199-01-01' where from_entity_id = (select id::text from auth.users where email = 'a6@hera.test') and relationship_type = 'USER_MEMBER_OF_ORG';
      update public.core_relationships set from_entity_id = 'nobody' where from_entity_id = (select id::text from auth.users where email = 'a7@hera.test') and relationship_type = 'USER_MEMBER_OF_ORG';
      update public.core_relationships set relationship_type = 'GONE' where from_entity_id = (select id::text from auth.users where email = 'a8@hera.test') and relationship_type = 'USER_MEMBER_OF_ORG';
      update public.core_relationships set organization_id = gen_random_uuid() where from_entity_id = (select id::text from auth.users where email = 'a9@hera.test') and relationship_type = 'USER_MEMBER_OF_ORG';
      update public.core_dynamic_data set field_value_text = '' where entity_id = (select id::text from auth.users where email = 'a10@hera.test') and field_name = 'role';`,
    lockedOut: 10,
  },
  'composite-key': {
    script: `create schema k; create table k.users (id int primary key, mail text); create table k.orgs (id int primary key, name text);
      create table k.members (user_id int references k.users, org_id int references k.orgs, role text, note text, primary key (user_id, org_id));
      insert into k.users select n, 'k' || n from generate_series(1, 8) n; insert into k.orgs values (1, 'One'), (2, 'Two');
      insert into k.members select u, o, case u when 1 then 'owner' else 'user' end, 'n' from generate_series(1, 8) u, generate_series(1, 2) o where o <= 1 + u % 2;`,
    rule: {
      users: { table: 'k.users', key: 'id', label: 'mail' },
      organizations: { table: 'k.orgs', key: 'id', label: 'name' },
      members: { table: 'k.members', user: 'user_id', organization: 'org_id', role: 'role' },
    },
    watched: ['k.members'],
    loss: `delete from k.members where user_id <= 3; update k.members set role = null where user_id = 4`,
    lockedOut: 4,
  },
  'no-key': {
    script: `create schema n; create table n.users (id int primary key); create table n.members (user_id int, org_id int, role text, enabled boolean default true, until date);
      insert into n.users select generate_series(1, 8);
      insert into n.members select u, o, 'user' from generate_series(1, 8) u, generate_series(1, 2) o where o <= 1 + u % 2;
      insert into n.members values (5, 9, 'guest', false, null)`,
    rule: {
      users: { table: 'n.users', key: 'id' },
      members: {
        table: 'n.members',
        user: 'user_id',
        organization: 'org_id',
        role: 'role',
        active: { enabled: true },
        expiresAt: 'until',
      },
    },
    watched: ['n.members'],
    loss: `delete from n.members where user_id <= 2; update n.members set enabled = false where user_id in (3, 5); update n.members set until = '2001-01-01' where user_id = 4`,
    lockedOut: 5,
  },
  'surrogate-key': {
    script: `create schema s; create table s.users (id bigint primary key, name text, disabled boolean not null default false); create table s.teams (id bigint primary key, closed_on date);
      create table s.members (id bigint generated always as identity primary key, user_id bigint not null references s.users, team_id bigint not null references s.teams,
        role text not null default 'user', left_at timestamptz, label text generated always as (role || '!') stored, unique (user_id, team_id));
      insert into s.users select n, 's' || n from generate_series(1, 6) n; update s.users set disabled = true where id = 6; insert into s.teams values (1), (2);
      insert into s.members (user_id, team_id, role) select u, 1 + u % 2, 'lead' from generate_series(1, 6) u;`,
    rule: {
      users: { table: 's.users', key: 'id', label: 'name', living: { disabled: false } },
      organizations: { table: 's.teams', key: 'id', living: { closed_on: null } },
      members: {
        table: 's.members',
        user: 'user_id',
        organization: 'team_id',
        role: 'role',
        active: { left_at: null },
      },
    },
    watched: ['s.members'],
    loss: `delete from s.members where user_id in (1, 6); update s.members set left_at = now() where user_id = 2`,
    lockedOut: 2,
  },
  'quoted-names': {
    script: `create table public."bazaar-vid_user" (id varchar(255) primary key, "e""mail" text, name text);
      create table public."bazaar-vid_team" (id varchar(255) primary key, "naïve 名" text);
      create table public."bazaar-vid_account%s;--" ("userId" varchar(255) not null, "select" varchar(255) not null, "Rôle" text, primary key ("userId", "select"));
      insert into public."bazaar-vid_user" select 'usr_' || n, 'b' || n || '''@x', 'B' from generate_series(1, 5) n;
      insert into public."bazaar-vid_team" values ('t1', 'Ünï');
      insert into public."bazaar-vid_account%s;--" select id, 't1', 'ed''itor' from public."bazaar-vid_user";`,
    rule: {
      users: { table: 'public."bazaar-vid_user"', key: 'id', label: 'e"mail' },
      organizations: { table: 'public."bazaar-vid_team"', key: 'id', label: 'naïve 名' },
      members: {
        table: 'public."bazaar-vid_account%s;--"',
        user: 'userId',
        organization: 'select',
        role: 'Rôle',
      },
    },
    watched: ['public."bazaar-vid_account%s;--"'],
    loss: `delete from public."bazaar-vid_account%s;--" where "userId" in ('usr_1', 'usr_2')`,
    lockedOut: 2,
  },
  'in-the-user': {
    script: `create schema c; create table c.clients (id uuid primary key default gen_random_uuid(), name text); create table c.staff (id uuid primary key default gen_random_uuid(), email text, client_id uuid, role text);
      create table c.tasks (id int primary key, owner uuid); insert into c.clients (name) values ('Acme');
      insert into c.staff (email, client_id, role) select 'c' || n, (select id from c.clients), 'agent' from generate_series(1, 6) n;`,
    rule: {
      users: { table: 'c.staff', key: 'id', label: 'email' },
      organizations: { table: 'c.clients', key: 'id', label: 'name' },
      members: { table: 'c.staff', user: 'id', organization: 'client_id', role: 'role' },
    },
    watched: ['c.staff'],
    loss: `update c.staff set client_id = null where email in ('c1', 'c2'); update c.staff set role = '' where email = 'c3'`,
    lockedOut: 3,
  },
  'client-access': {
    script: `create schema e; create table e.people (email text primary key); create table e.clients (id text primary key, owner_email text);
      create table e.client_memberships (client_id text not null, member_email text not null, access jsonb, added timestamptz default now());
      create unique index on e.client_memberships (lower(member_email), client_id);
      insert into e.people select 'p' || n || '@site.test' from generate_series(1, 4) n; insert into e.clients values ('cl-1', 'p1@site.test');
      insert into e.client_memberships (client_id, member_email, access) select 'cl-1', email, '{"leads": ["read"], "big": 12345678901234567890}' from e.people;`,
    rule: {
      users: { table: 'e.people', key: 'email' },
      organizations: { table: 'e.clients', key: 'id' },
      members: { table: 'e.client_memberships', user: 'member_email', organization: 'client_id' },
    },
    watched: ['e.client_memberships'],
    loss: `delete from e.client_memberships where member_email in ('p1@site.test', 'p2@site.test')`,
    lockedOut: 2,
  },
}

describe('recovery in any shape', () => {
  let stage: RestoreStage
  let found: RecoverySearch
  const before = new Map<string, string[]>()
  const read = async ({ watched }: Shape): Promise<string[]> => {
    const all: string[] = []
    for (const relation of watched) {
      const rows = await stage.target.sql.unsafe<{ row: string }[]>(
        `select x::text as row from ${relation} x order by 1`,
      )
      all.push(...rows.map(({ row }) => row))
    }
    return all
  }

  beforeAll(async () => {
    const all = Object.values(shapes)
    stage = await createRestoreStage(all.map(({ script }) => script).join(';\n'), {
      kinds: [recoveryKind as OperationKind],
      environment: 'staging',
    })
    const { document } = await getPolicy(stage.store.db, stage.target.id)
    const tables = new Set(
      all.flatMap(({ rule }) => [rule.members.table, ...(rule.roles ? [rule.roles.table] : [])]),
    )
    unwrap(
      await applyPolicy(stage.store.ctx, {
        name: stage.target.name,
        document: {
          ...document,
          protectedTables: [...tables].map((table) => ({ table })),
          memberships: Object.entries(shapes).map(([name, { rule }]) => ({ name, ...rule })),
        },
      }),
    )
    await stage.take('snapshot')
    for (const [name, shape] of Object.entries(shapes)) before.set(name, await read(shape))
    for (const { loss } of all) await stage.target.sql.unsafe(loss)
    const { jobRunId } = unwrap(await requestRecoverySearch(stage.store.ctx, { targetId: stage.target.id }))
    await stage.work(jobRunId)
    const latest = await findLatestSearch(stage.store.db, stage.target.id)
    expect(latest.run?.error).toBeNull()
    found = latest.found!
  })

  it.each(Object.entries(shapes))('gives everybody exactly what they had: %s', async (name, shape) => {
    const { users } = found.memberships.find((one) => one.name === name)!
    expect(users).toHaveLength(shape.lockedOut)
    for (const user of users) {
      expect(user.removed).toEqual([])
      expect(user.had.length).toBeGreaterThan(0)
    }
    const plan = () =>
      stage.planned(
        requestRecovery(stage.store.ctx, {
          targetId: stage.target.id,
          reason: 'people cannot sign in',
          request: { users: 'all', membership: name },
        }),
      )
    const operation = await plan()
    expect(operation.error).toBeNull()
    const ended = await stage.run(operation)
    expect(ended).toMatchObject({ status: 'succeeded', error: null })
    expect((ended.result as RecoveryResult).access.people).toBe(shape.lockedOut)
    const [were, are] = [before.get(name)!, await read(shape)]
    // Those who were deleted before stay out, and so do the rows that nobody asked for.
    const dead = name === 'typed-links' ? 2 : name === 'surrogate-key' ? 1 : 0
    expect(are.filter((row) => !were.includes(row))).toEqual([])
    expect(were.filter((row) => !are.includes(row))).toHaveLength(dead)
    expect(await plan()).toMatchObject({ error: { code: 'nobody-locked-out' } })
  })
})
