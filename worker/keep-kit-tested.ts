import { backupCopies } from '#drizzle/schema/backups.ts'
import type { Ctx } from '#lib/context.ts'
import { readKit } from '#lib/kit/queries.ts'
import { requestKitTest } from '#lib/kit/request-kit-test.ts'

const weekMs = 7 * 86_400_000

/** Files the weekly test of the recovery kit, the first as soon as there is an archive. Safe to repeat. */
export async function keepKitTested(ctx: Ctx): Promise<void> {
  const { lastTest, testing } = await readKit(ctx.db)
  if (testing || (lastTest && Date.now() - lastTest.at.getTime() < weekMs)) return
  const copies = await ctx.db.select({ id: backupCopies.id }).from(backupCopies).limit(1)
  if (copies.length > 0) await requestKitTest(ctx, {})
}
