import { and, eq, inArray, sql } from 'drizzle-orm'
import { backupCopies } from '#drizzle/schema/backups.ts'
import { jobRuns } from '#drizzle/schema/jobs.ts'
import { listPresentCopies } from '#lib/backups/copies/find-copy.ts'
import { requestCopyInput } from '#lib/backups/input.ts'
import { getBackup } from '#lib/backups/queries.ts'
import { refuse } from '#lib/errors.ts'
import { requestJob } from '#lib/jobs/request-job.ts'
import { getStoreByName } from '#lib/stores/queries.ts'
import { defineVerb } from '#lib/verb.ts'

/** Files the request to copy an archive to another store, from any good copy of it. Refused while one waits or runs. */
export const requestCopy = defineVerb({
  action: 'backups.copy',
  input: requestCopyInput,
  async act({ tx, ctx, actor }, { backupId, store: storeName }) {
    const backup = await getBackup(tx, backupId)
    const store = await getStoreByName(tx, storeName)
    if (backup.kind !== 'archive' || backup.origin !== 'holdfast' || !backup.manifest) {
      return refuse('backup-not-archive', 'Only finished archives of Holdfast are copied between stores.')
    }
    const copies = await listPresentCopies(tx, backupId)
    if (!copies.some(({ status, storeName }) => status === 'good' && storeName !== store.name)) {
      return refuse('no-good-copy', 'There is no good copy in another store to read from.')
    }
    const [there] = await tx
      .select({ status: backupCopies.status })
      .from(backupCopies)
      .where(and(eq(backupCopies.backupId, backupId), eq(backupCopies.storeId, store.id)))
    if (there?.status === 'good' || there?.status === 'deleting') {
      return refuse('copy-there', `“${store.name}” has a copy already (${there.status}).`)
    }
    const [underWay] = await tx
      .select({ id: jobRuns.id })
      .from(jobRuns)
      .where(
        and(
          eq(jobRuns.kind, 'backups.copy'),
          inArray(jobRuns.status, ['queued', 'running']),
          sql`${jobRuns.payload} @> ${JSON.stringify({ backupId, storeName: store.name })}::jsonb`,
        ),
      )
      .limit(1)
    if (underWay) return refuse('copy-under-way', 'A copy of it to there waits or runs already.')
    const jobRunId = await requestJob(ctx, tx, {
      kind: 'backups.copy',
      targetId: backup.targetId,
      payload: { backupId, storeName: store.name },
    })
    return {
      value: { backupId, store: store.name, jobRunId },
      // The round asks for it as its routine; what came of it is audited by the copy itself.
      audit:
        actor.kind === 'worker'
          ? null
          : { subject: `backup:${backupId}`, target: backup.targetName, detail: { store: store.name } },
      changed: ['backups', 'jobs'],
    }
  },
})
