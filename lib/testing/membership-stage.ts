import type { PolicyInput } from '#lib/targets/policy.ts'

/** Users, organisations and who is a member of which, in the plainest shape; no user is a member yet. */
export const membershipScript = `
  create table public.users (id int primary key, email text, deleted_at timestamptz);
  create table public.organizations (id int primary key, status text not null default 'active');
  create table public.members (
    id int generated always as identity primary key, user_id int not null, org_id int not null, role text not null default 'member',
    is_active boolean not null default true, starts_at timestamptz, expires_at timestamptz, note text
  );
  create index on public.members (user_id);
  insert into public.organizations select i, case i when 3 then 'closed' else 'active' end from generate_series(1, 9) i;
`
/** Holds last memberships and last owners; its budgets stand in nobody's way. */
export const membershipPolicy: PolicyInput = {
  budget: { statementRows: 1000, transactionRows: 5000, windowRows: 100_000 },
  protectedTables: [
    { table: 'public.members' },
    { table: 'public.users' },
    { table: 'public.organizations' },
  ],
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
        startsAt: 'starts_at',
        expiresAt: 'expires_at',
        role: 'role',
      },
    },
  ],
}
