import { crmPolicy } from '#lib/demo/crm/policy.ts'
import type { DemoDatabase } from '#lib/demo/database.ts'
import { loadSql } from '#lib/sql/load-sql.ts'

/** A sales team's contacts, organizations, opportunities and interactions, behind row-level security. */
export const crm: DemoDatabase = {
  name: 'crm',
  environment: 'production',
  scripts: [
    loadSql(new URL('./sql/schema.sql', import.meta.url)),
    loadSql(new URL('./sql/data.sql', import.meta.url)),
    loadSql(new URL('./sql/row_security.sql', import.meta.url)),
  ],
  hasOwner: true,
  policy: crmPolicy,
}
