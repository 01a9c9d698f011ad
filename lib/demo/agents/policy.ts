import type { PolicyInput } from '#lib/targets/policy.ts'

/** The master of clients, projects and leads: what it says counts, so that a lead without a project is an error here. */
export const agentsPolicy: PolicyInput = {
  timeZone: 'Asia/Jerusalem',
  objectives: { exposureMinutes: 720, recoveryMinutes: 15, proofHours: 48 },
  protectedTables: [
    { table: 'public.clients', budget: { statementRows: 1, transactionRows: 1, windowRows: 2 } },
    { table: 'public.projects', budget: { statementRows: 2, transactionRows: 3, windowRows: 6 } },
    {
      table: 'public.leads',
      journal: 'overwritten',
      updates: {
        columns: ['current_project_id', 'client_id'],
        budget: { statementRows: 20, windowRows: 60 },
      },
    },
    { table: 'public.system_prompts' },
    { table: 'public.conversations', budget: { statementRows: 100, transactionRows: 200, windowRows: 600 } },
  ],
  rowCounts: [
    { table: 'public.clients', minimumRows: 5, dropPercent: 0 },
    { table: 'public.projects', minimumRows: 10, dropPercent: 5 },
    { table: 'public.leads', minimumRows: 500, dropPercent: 2 },
    { table: 'public.conversations', dropPercent: 10 },
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
  probes: [
    {
      name: 'project-leads',
      category: 'leads',
      maximumMs: 200,
      sql: `select p.name, c.name as client, count(l.id) as leads
from public.projects p
join public.clients c on c.id = p.client_id
left join public.leads l on l.current_project_id = p.id
group by p.id, c.id order by leads desc`,
    },
  ],
  schedules: {
    health: '* * * * *',
    snapshot: '50 */6 * * *',
    archive: '35 1,13 * * *',
    drill: '55 2 * * *',
    performance: '9-59/15 * * * *',
  },
  retention: { snapshotDays: 3, archiveDays: 30 },
}
