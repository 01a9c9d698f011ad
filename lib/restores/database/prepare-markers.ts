import type postgres from 'postgres'
import type { Ctx } from '#lib/context.ts'
import { unwrap } from '#lib/errors.ts'
import { installMarkers } from '#lib/operations/markers.ts'
import { quoteIdentifier } from '#lib/sql/identifier.ts'
import { urlOfDatabase } from '#lib/targets/open-maintenance.ts'
import { connectToUrl } from '#lib/targets/open-target.ts'
import { getTargetUrl } from '#lib/targets/queries.ts'
import { parseTargetUrl } from '#lib/targets/target-url.ts'
import type { TargetRole } from '#lib/targets/types.ts'

async function inDatabase<T>(
  ctx: Ctx,
  targetId: string,
  database: string,
  role: TargetRole,
  work: (session: postgres.Sql) => Promise<T>,
): Promise<T> {
  const url = urlOfDatabase(await getTargetUrl(ctx, targetId, role), database)
  const session = connectToUrl(url, role, { purpose: 'database-restore' })
  try {
    return await work(session)
  } finally {
    await session.end({ timeout: 5 })
  }
}

/**
 * Makes ready what the operations to come leave their marks in, as the restore role that will do so. Where that may not
 * make a schema (the archive is from before there was one), the owner does, and lets it in. Safe to repeat.
 */
export async function prepareMarkers(ctx: Ctx, targetId: string, database: string): Promise<void> {
  try {
    await inDatabase(ctx, targetId, database, 'restore', installMarkers)
  } catch (error) {
    if ((error as { code?: string }).code !== '42501') throw error
    const { user } = unwrap(parseTargetUrl(await getTargetUrl(ctx, targetId, 'restore')))
    const role = quoteIdentifier(user)
    await inDatabase(ctx, targetId, database, 'owner', async (session) => {
      await installMarkers(session)
      await session.unsafe(
        `grant usage, create on schema holdfast to ${role}; grant select, insert, delete on holdfast.operation_markers to ${role}`,
      )
    })
  }
}
