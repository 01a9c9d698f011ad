import type { DemoDatabase } from '#lib/demo/database.ts'
import { sitePolicy } from '#lib/demo/site/policy.ts'
import { loadSql } from '#lib/sql/load-sql.ts'

/** The site of the master `agents`: the same clients, projects and leads, beside its own people. */
export const site: DemoDatabase = {
  name: 'site',
  environment: 'production',
  scripts: [
    loadSql(new URL('../sql/leads_schema.sql', import.meta.url)),
    loadSql(new URL('../sql/leads_data.sql', import.meta.url)),
    loadSql(new URL('./sql/members.sql', import.meta.url)),
  ],
  hasOwner: true,
  policy: sitePolicy,
}
