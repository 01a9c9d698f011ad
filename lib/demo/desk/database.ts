import type { DemoDatabase } from '#lib/demo/database.ts'
import { deskPolicy } from '#lib/demo/desk/policy.ts'
import { loadSql } from '#lib/sql/load-sql.ts'

/** A small team's clients, tasks and chat, where changes are tried before they go further. */
export const desk: DemoDatabase = {
  name: 'desk',
  environment: 'staging',
  scripts: [
    loadSql(new URL('./sql/schema.sql', import.meta.url)),
    loadSql(new URL('./sql/data.sql', import.meta.url)),
  ],
  hasOwner: true,
  policy: deskPolicy,
}
