import type { Ctx } from '#lib/context.ts'
import { listDeployments } from '#lib/deployments/queries.ts'
import { requestDeployment } from '#lib/deployments/request-deployment.ts'
import { unwrap } from '#lib/errors.ts'
import { loadSql } from '#lib/sql/load-sql.ts'

const changes = [
  {
    title: 'Remember no-shows per customer',
    migration: loadSql(new URL('./sql/remember_no_shows.sql', import.meta.url)),
    rollback: loadSql(new URL('./sql/forget_no_shows.sql', import.meta.url)),
  },
  {
    title: 'Tidy up relationships',
    migration: loadSql(new URL('./sql/tidy_relationships.sql', import.meta.url)),
    rollback: null,
  },
]

/**
 * Asks for the validation of a harmless and of a careless change of the salon, as a pipeline would. The worker really
 * rehearses both. Safe to repeat: done once.
 */
export async function ensureDemoDeployments(ctx: Ctx, targetId: string): Promise<void> {
  if ((await listDeployments(ctx.db, targetId, 1)).length > 0) return
  for (const change of changes) unwrap(await requestDeployment(ctx, { targetId, ...change }))
}
