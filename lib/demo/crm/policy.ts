import type { PolicyInput } from '#lib/targets/policy.ts'

/** What a sales team's admins would write: nothing that was sold or said may go, and queries stay within what was agreed. */
export const crmPolicy: PolicyInput = {
  timeZone: 'Europe/Copenhagen',
  objectives: { exposureMinutes: 1440, recoveryMinutes: 15, proofHours: 48 },
  protectedTables: [
    { table: 'public.organizations', budget: { statementRows: 5, transactionRows: 10, windowRows: 30 } },
    { table: 'public.contacts' },
    { table: 'public.opportunities' },
    { table: 'public.interactions', budget: { statementRows: 50, transactionRows: 100, windowRows: 400 } },
    { table: 'public.products', budget: { statementRows: 1, transactionRows: 2, windowRows: 5 } },
    { table: 'public.users', budget: { statementRows: 1, transactionRows: 2, windowRows: 5 } },
    { table: 'public.team_members', journal: 'overwritten', updates: { columns: ['team_id', 'role'] } },
  ],
  memberships: [
    {
      name: 'team-members',
      owners: ['lead'],
      users: { table: 'public.users', key: 'id', label: 'email', living: { disabled_at: null } },
      organizations: { table: 'public.teams', key: 'id', label: 'name' },
      members: { table: 'public.team_members', user: 'user_id', organization: 'team_id', role: 'role' },
    },
  ],
  rowCounts: [
    { table: 'public.organizations', minimumRows: 100, dropPercent: 2 },
    { table: 'public.contacts', minimumRows: 1000, dropPercent: 2 },
    { table: 'public.opportunities', minimumRows: 500, dropPercent: 2 },
    { table: 'public.interactions', minimumRows: 1000, dropPercent: 5 },
    { table: 'public.products', minimumRows: 10, dropPercent: 5 },
  ],
  codePatterns: [
    {
      name: 'product-codes',
      table: 'public.products',
      column: 'code',
      patterns: { product: 'P-[0-9]{3,5}' },
      allowNull: false,
    },
  ],
  probes: [
    {
      name: 'contact-lookup',
      category: 'contact-queries',
      maximumMs: 45,
      sql: `select id, first_name, last_name, phone from public.contacts where email = 'contact1200@organization81.example'`,
    },
    {
      name: 'contact-page',
      category: 'contact-queries',
      maximumMs: 85,
      sql: 'select id, first_name, last_name from public.contacts order by last_name, first_name limit 50 offset 500',
    },
    {
      name: 'organization-tree',
      category: 'organization-queries',
      maximumMs: 120,
      sql: `with recursive tree as (
  select id, name, 1 as depth from public.organizations where parent_id is null
  union all
  select o.id, o.name, t.depth + 1 from public.organizations o join tree t on t.id = o.parent_id
)
select depth, count(*) from tree group by depth`,
    },
    {
      name: 'opportunity-summary',
      category: 'organization-queries',
      maximumMs: 350,
      sql: `select o.industry, p.stage, count(*) as opportunities, sum(p.value) as value
from public.opportunities p join public.organizations o on o.id = p.organization_id
group by o.industry, p.stage order by o.industry, p.stage`,
    },
  ],
  schedules: {
    health: '*/2 * * * *',
    snapshot: '10 */6 * * *',
    archive: '25 1 * * *',
    drill: '35 2 * * *',
    performance: '2-59/15 * * * *',
  },
  retention: { snapshotDays: 3, archiveDays: 30 },
}
