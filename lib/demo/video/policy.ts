import type { PolicyInput } from '#lib/targets/policy.ts'

/** What a team would write that once lost every user to a migration. */
export const videoPolicy: PolicyInput = {
  timeZone: 'America/Los_Angeles',
  objectives: { exposureMinutes: 720, recoveryMinutes: 15, proofHours: 192 },
  protectedTables: [
    { table: 'public."bazaar-vid_user"', journal: 'overwritten', updates: { columns: ['email'] } },
    { table: 'public."bazaar-vid_account"', budget: { windowRows: 300 } },
    {
      table: 'public."bazaar-vid_project"',
      budget: { statementRows: 100, transactionRows: 150, windowRows: 500 },
    },
    {
      table: 'public."bazaar-vid_scene"',
      budget: { statementRows: 500, transactionRows: 800, windowRows: 2500 },
    },
  ],
  rowCounts: [
    { table: 'public."bazaar-vid_user"', minimumRows: 100, dropPercent: 5 },
    { table: 'public."bazaar-vid_project"', minimumRows: 100, dropPercent: 10 },
    { table: 'public."bazaar-vid_scene"', minimumRows: 100, dropPercent: 10 },
  ],
  probes: [
    {
      name: 'my-projects',
      category: 'projects',
      maximumMs: 100,
      sql: `select p.id, p.title, count(s.id) as scenes, sum(s.seconds) as seconds
from public."bazaar-vid_project" p left join public."bazaar-vid_scene" s on s."projectId" = p.id
where p."userId" = (select max(id) from public."bazaar-vid_user")
group by p.id order by p."updatedAt" desc`,
    },
    {
      name: 'sign-ups',
      category: 'reports',
      sql: `select date_trunc('week', "createdAt") as week, count(*) from public."bazaar-vid_user" group by week order by week`,
    },
  ],
  schedules: {
    health: '* * * * *',
    snapshot: '40 */6 * * *',
    archive: '50 0,12 * * *',
    drill: '20 5 * * 1',
    performance: '4-59/15 * * * *',
  },
  retention: { snapshotDays: 3, archiveDays: 30 },
}
