import type postgres from 'postgres'
import { describe, expect, it } from 'vitest'
import { listTables } from '#lib/targets/introspect.ts'
import { suggestPolicy } from '#lib/targets/suggest-policy.ts'
import { publicDatabases, readPublicData } from '#lib/testing/public-data.ts'
import { createTestDatabase } from '#lib/testing/test-db.ts'

const suggest = async (sql: postgres.Sql) => suggestPolicy(sql, await listTables(sql))

describe('suggestPolicy', () => {
  it('finds users, organisations and the table between them', async () => {
    const { sql } = await createTestDatabase(`
      create table users (id uuid primary key default gen_random_uuid(), email text, deleted_at timestamptz);
      create table teams (id serial primary key, name text);
      create table team_members (user_id uuid references users, team_id int references teams, role text,
        is_active boolean default true, expires_at timestamptz, primary key (user_id, team_id));
      create table sign_in_logs (id serial primary key, at timestamptz);
      insert into users (email) select 'u' || i || '@x' from generate_series(1, 9) i;
      insert into teams (name) values ('a');
      insert into team_members (user_id, team_id, role) select id, 1, 'member' from users;
    `)
    const policy = await suggest(sql)
    expect(policy.memberships).toMatchObject([
      {
        name: 'team-members',
        users: { table: 'public.users', key: 'id', label: 'email', living: { deleted_at: null } },
        organizations: { table: 'public.teams', key: 'id', label: 'name' },
        members: {
          table: 'public.team_members',
          user: 'user_id',
          organization: 'team_id',
          active: { is_active: true },
          expiresAt: 'expires_at',
          role: 'role',
        },
      },
    ])
    expect(policy.protectedTables.map(({ table }) => table)).toEqual([
      'public.team_members',
      'public.teams',
      'public.users',
    ])
    expect(policy.rowCounts).toContainEqual({ table: 'public.users', minimumRows: 4, dropPercent: 5 })
  })

  it('finds memberships and roles among typed links and fields, by what the data say', async () => {
    const { sql } = await createTestDatabase(`
      create schema auth;
      create table auth.users (id uuid primary key default gen_random_uuid(), email text);
      create table core_organizations (id uuid primary key default gen_random_uuid(), organization_name text);
      create table core_relationships (id bigserial primary key, organization_id uuid, from_entity_id text, to_entity_id text,
        relationship_type text, is_active boolean, effective_date timestamptz, expiration_date timestamptz);
      create table core_dynamic_data (id bigserial primary key, organization_id uuid, entity_id text, field_name text, field_value_text text);
      insert into auth.users (email) select 'u' || i || '@x' from generate_series(1, 9) i;
      insert into core_organizations (organization_name) values ('a'), ('b');
      insert into core_relationships (organization_id, from_entity_id, to_entity_id, relationship_type, is_active)
        select o.id, u.id::text, o.id::text, 'USER_MEMBER_OF_ORG', true from auth.users u, core_organizations o;
      insert into core_relationships (organization_id, from_entity_id, to_entity_id, relationship_type, is_active)
        select o.id, 'thing-' || i, 'thing', 'HAS_STATUS', true from generate_series(1, 90) i, core_organizations o;
      insert into core_dynamic_data (organization_id, entity_id, field_name, field_value_text)
        select o.id, u.id::text, f, 'x' from auth.users u, core_organizations o, unnest(array['role', 'permissions']) f;
      update core_dynamic_data set field_value_text = 'owner' where field_name = 'role' and entity_id = (select min(entity_id) from core_dynamic_data);
    `)
    const policy = await suggest(sql)
    expect(policy.memberships).toMatchObject([
      {
        name: 'user-member-of-org',
        owners: ['owner'],
        users: { table: 'auth.users', label: 'email' },
        organizations: { table: 'public.core_organizations' },
        members: {
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
    ])
    expect(policy.references).toContainEqual({
      table: 'public.core_relationships',
      columns: ['organization_id'],
      references: 'public.core_organizations',
      referencedColumns: ['id'],
      where: {},
      required: false,
      orphaning: 'refuse',
    })
  })

  it('proposes no membership that would lock most people out', async () => {
    const { sql } = await createTestDatabase(`
      create table users (id int primary key, email text);
      create table projects (id int primary key, name text);
      create table project_members (user_id int references users, project_id int references projects, primary key (user_id, project_id));
      insert into users select i from generate_series(1, 100) i;
      insert into projects values (1);
      insert into project_members select i, 1 from generate_series(1, 10) i;
    `)
    expect((await suggest(sql)).memberships).toEqual([])
  })

  it('reads names that need quotes', async () => {
    const { sql } = await createTestDatabase(`
      create table "bazaar-vid_user" (id text primary key, "e""mail" text);
      create table "bazaar-vid_project" (id serial primary key, "userId" text, name text);
      insert into "bazaar-vid_user" select 'u' || i from generate_series(1, 5) i;
      insert into "bazaar-vid_project" ("userId", name) select 'u' || i, 'p' from generate_series(1, 5) i;
    `)
    const policy = await suggest(sql)
    expect(policy.protectedTables).toContainEqual(
      expect.objectContaining({ table: 'public."bazaar-vid_user"', mode: 'refuse' }),
    )
    expect(policy.references).toMatchObject([
      { table: 'public."bazaar-vid_project"', columns: ['userId'], references: 'public."bazaar-vid_user"' },
    ])
    expect(policy.probes.map(({ name }) => name)).toContain('bazaar-vid-project-with-bazaar-vid-user')
  })

  it('wants row-level security where it is, and knows the roles that strangers act as', async () => {
    const { sql, database } = await createTestDatabase(`
      create table public.notes (id int primary key, owner text);
      create table public.open (id int primary key);
      alter table public.notes enable row level security`)
    const [login, stranger, trusted] = ['login', 'stranger', 'trusted'].map((name) => `${name}_${database}`)
    await sql.unsafe(`create role ${login} login noinherit; create role ${stranger}; create role ${trusted} bypassrls;
      grant ${stranger}, ${trusted} to ${login}`)
    try {
      const { rowSecurity } = await suggest(sql)
      expect(rowSecurity).toMatchObject({ tables: ['public.notes'], openTables: [], forced: false })
      expect(rowSecurity.exposedRoles).toContain(stranger)
      expect(rowSecurity.exposedRoles).not.toContain(trusted)
    } finally {
      await sql.unsafe(`drop role ${login}, ${stranger}, ${trusted}`)
    }
  })

  // Data that nobody here made; it lies beside the checkout, where it is present at all.
  for (const name of publicDatabases) {
    it(`gets the public database ${name} a policy that fits it`, async () => {
      const { sql } = await createTestDatabase()
      await sql.unsafe(`${readPublicData(name)}; analyze`)
      const policy = await suggest(sql)
      expect(policy.protectedTables.length).toBeGreaterThan(8)
      expect(policy.rowCounts.length).toBeGreaterThan(8)
      expect(policy.probes.length).toBeGreaterThan(4)
    })
  }
})
