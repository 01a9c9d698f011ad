import type { Ctx } from '#lib/context.ts'
import { readFacts } from '#lib/facts/read-facts.ts'
import type { Facts } from '#lib/facts/types.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import { urlOfDatabase } from '#lib/targets/open-maintenance.ts'
import { connectToUrl } from '#lib/targets/open-target.ts'
import { getTargetUrl } from '#lib/targets/queries.ts'

/**
 * Facts of a database of the target's server, as it is now; of the target's own when none is named. Only reads, in one
 * snapshot. One that Holdfast made is read as its owner: the backup role may have no rights in it yet.
 */
export async function readDatabaseFacts(
  ctx: Ctx,
  job: JobScope,
  targetId: string,
  database: string | null,
): Promise<Facts> {
  const url = await getTargetUrl(ctx, targetId, database === null ? 'backup' : 'owner')
  const session = connectToUrl(database === null ? url : urlOfDatabase(url, database), 'backup', {
    purpose: 'database facts',
  })
  try {
    return (await session.begin('isolation level repeatable read read only', (transaction) =>
      readFacts(transaction, {
        signal: job.signal,
        onProgress: (_tables, _of, done, total) => job.progress(done, total),
      }),
    )) as Facts
  } finally {
    await session.end({ timeout: 5 })
  }
}
