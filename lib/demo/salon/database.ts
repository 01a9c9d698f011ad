import type { DemoDatabase } from '#lib/demo/database.ts'
import { salonPolicy } from '#lib/demo/salon/policy.ts'
import { loadSql } from '#lib/sql/load-sql.ts'

/** A salon chain on a universal entity model, beside ordinary business tables. */
export const salon: DemoDatabase = {
  name: 'salon',
  environment: 'production',
  scripts: [
    loadSql(new URL('./sql/schema.sql', import.meta.url)),
    loadSql(new URL('./sql/data.sql', import.meta.url)),
  ],
  hasOwner: false,
  policy: salonPolicy,
}
