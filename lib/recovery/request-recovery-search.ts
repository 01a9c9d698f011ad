import { and, desc, eq, inArray } from 'drizzle-orm'
import { jobRuns } from '#drizzle/schema/jobs.ts'
import type { Tx } from '#lib/db/client.ts'
import { requestJob } from '#lib/jobs/request-job.ts'
import { recoverySearchInput } from '#lib/recovery/input.ts'
import { getTarget } from '#lib/targets/queries.ts'
import { defineVerb } from '#lib/verb.ts'

/** A search that is under way and looks at no less than what is asked for. */
async function findRunning(
  tx: Tx,
  { targetId, archives, since }: { targetId: string; archives: boolean; since: string | null },
): Promise<string | null> {
  const rows = await tx
    .select({ id: jobRuns.id, payload: jobRuns.payload })
    .from(jobRuns)
    .where(
      and(
        eq(jobRuns.kind, 'recovery.find'),
        eq(jobRuns.targetId, targetId),
        inArray(jobRuns.status, ['queued', 'running']),
      ),
    )
    .orderBy(desc(jobRuns.createdAt))
  const found = rows.find(({ payload }) => {
    const asked = payload as { archives?: boolean; since?: string | null }
    return (asked.archives === true || !archives) && (asked.since ?? null) === since
  })
  return found?.id ?? null
}

/** Files a search for locked-out users. Safe to repeat: while one like it is waiting or running, that one is returned. */
export const requestRecoverySearch = defineVerb({
  action: 'recovery.search',
  input: recoverySearchInput,
  async act({ tx, ctx }, { targetId, archives, since }) {
    const target = await getTarget(tx, targetId)
    const jobRunId =
      (await findRunning(tx, { targetId, archives, since })) ??
      (await requestJob(ctx, tx, { kind: 'recovery.find', targetId, payload: { archives, since } }))
    return {
      value: { jobRunId },
      audit: { subject: `target:${target.name}`, target: target.name, detail: { jobRunId, archives } },
      changed: ['jobs', 'recovery'],
    }
  },
})
