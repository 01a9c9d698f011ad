import type { PolicyInput } from '#lib/targets/policy.ts'

/** What a small team would write for the database that it tries its changes on. */
export const deskPolicy: PolicyInput = {
  timeZone: 'America/New_York',
  objectives: { exposureMinutes: 1440, recoveryMinutes: 30, proofHours: 192 },
  protectedTables: [
    { table: 'public.clients' },
    { table: 'public.tasks' },
    { table: 'public.chat_messages' },
  ],
  rowCounts: [
    { table: 'public.clients', minimumRows: 100, dropPercent: 5 },
    { table: 'public.tasks', dropPercent: 10 },
    { table: 'public.chat_messages', dropPercent: 10 },
  ],
  references: [
    {
      table: 'public.chat_messages',
      columns: ['client_id'],
      references: 'public.clients',
      referencedColumns: ['id'],
    },
  ],
  probes: [
    {
      name: 'open-tasks',
      category: 'tasks',
      sql: `select c.name, t.title, t.due_on from public.tasks t join public.clients c on c.id = t.client_id
where t.done_at is null order by t.due_on limit 100`,
    },
  ],
  schedules: {
    health: '1-59/5 * * * *',
    snapshot: '20 */12 * * *',
    archive: '5 3 * * *',
    drill: '15 4 * * 0',
    performance: '7-59/30 * * * *',
  },
  retention: { snapshotDays: 2, archiveDays: 14 },
}
