import type { DemoDatabase } from '#lib/demo/database.ts'
import { videoPolicy } from '#lib/demo/video/policy.ts'
import { loadSql } from '#lib/sql/load-sql.ts'

/** A video app's users and projects, under names that have to be quoted. */
export const video: DemoDatabase = {
  name: 'video',
  environment: 'production',
  scripts: [
    loadSql(new URL('./sql/schema.sql', import.meta.url)),
    loadSql(new URL('./sql/data.sql', import.meta.url)),
  ],
  hasOwner: true,
  policy: videoPolicy,
}
