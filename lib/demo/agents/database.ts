import { agentsPolicy } from '#lib/demo/agents/policy.ts'
import type { DemoDatabase } from '#lib/demo/database.ts'
import { loadSql } from '#lib/sql/load-sql.ts'

/** The master of two databases: its clients, projects and leads are what the site has to show. */
export const agents: DemoDatabase = {
  name: 'agents',
  environment: 'production',
  scripts: [
    loadSql(new URL('../sql/leads_schema.sql', import.meta.url)),
    loadSql(new URL('../sql/leads_data.sql', import.meta.url)),
    loadSql(new URL('./sql/conversations.sql', import.meta.url)),
  ],
  hasOwner: true,
  policy: agentsPolicy,
}
