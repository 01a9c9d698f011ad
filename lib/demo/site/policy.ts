import type { PolicyInput } from '#lib/targets/policy.ts'

/** What the site shows is the master's, row for row; who may see it is its own. */
export const sitePolicy: PolicyInput = {
  timeZone: 'Asia/Jerusalem',
  objectives: { exposureMinutes: 720, recoveryMinutes: 15, proofHours: 48 },
  protectedTables: [
    { table: 'public.clients', budget: { statementRows: 1, transactionRows: 1, windowRows: 2 } },
    { table: 'public.projects', budget: { statementRows: 2, transactionRows: 3, windowRows: 6 } },
    { table: 'public.leads' },
    { table: 'public.profiles', budget: { statementRows: 1, transactionRows: 2, windowRows: 5 } },
    {
      table: 'public.client_members',
      budget: { statementRows: 2, transactionRows: 4, windowRows: 10 },
      journal: 'overwritten',
      updates: { columns: ['client_id', 'user_id', 'role'] },
    },
  ],
  memberships: [
    {
      name: 'client-members',
      owners: ['OWNER'],
      users: { table: 'public.profiles', key: 'id', label: 'email', living: { status: 'active' } },
      organizations: { table: 'public.clients', key: 'id', label: 'name' },
      members: { table: 'public.client_members', user: 'user_id', organization: 'client_id', role: 'role' },
    },
  ],
  rowCounts: [
    { table: 'public.leads', minimumRows: 500, dropPercent: 2 },
    { table: 'public.profiles', minimumRows: 20, dropPercent: 5 },
    { table: 'public.client_members', minimumRows: 20, dropPercent: 3 },
  ],
  references: [
    {
      table: 'public.leads',
      columns: ['current_project_id'],
      references: 'public.projects',
      referencedColumns: ['id'],
      required: true,
    },
  ],
  mirrors: [
    { name: 'core', master: 'agents', tables: ['public.clients', 'public.projects', 'public.leads'] },
  ],
  probes: [
    {
      name: 'dashboard',
      category: 'leads',
      maximumMs: 200,
      sql: `select p.id, p.name, l.status, count(l.id) as leads
from public.projects p left join public.leads l on l.current_project_id = p.id
group by p.id, l.status order by p.name`,
    },
  ],
  schedules: {
    health: '* * * * *',
    snapshot: '55 */6 * * *',
    archive: '45 1,13 * * *',
    drill: '25 3 * * *',
    performance: '12-59/15 * * * *',
    drift: '3-59/10 * * * *',
  },
  retention: { snapshotDays: 3, archiveDays: 30 },
}
