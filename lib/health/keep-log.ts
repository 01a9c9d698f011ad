import type { Ctx } from '#lib/context.ts'
import { dropOldLog } from '#lib/health/drop-old-log.ts'
import { makePartitionsAhead } from '#lib/health/make-partitions.ts'
import { log } from '#lib/log.ts'

/** The round of the health log: partitions ahead of need are made, and those that are too old go. Safe to repeat. */
export async function keepLog(ctx: Ctx): Promise<void> {
  await makePartitionsAhead(ctx.db)
  const dropped = await dropOldLog(ctx)
  if (dropped.length > 0) log.info({ dropped }, 'the health log was cut to what is kept')
}
