import { eq } from 'drizzle-orm'
import { drills } from '#drizzle/schema/backups.ts'
import { chooseCopy } from '#lib/backups/copies/choose-copy.ts'
import { requestDrillInput } from '#lib/backups/input.ts'
import { findNewestGood, getBackup, hasUnfinishedDrill } from '#lib/backups/queries.ts'
import { refuse } from '#lib/errors.ts'
import { requestJob } from '#lib/jobs/request-job.ts'
import { getTargetByName } from '#lib/targets/queries.ts'
import { defineVerb } from '#lib/verb.ts'

/**
 * Files the request for a drill of an archive, by default of the newest good one and its best copy; a scheduled one restores
 * from the store whose turn it is. A worker runs it. Refused while one of the archive is under way.
 */
export const requestDrill = defineVerb({
  action: 'drills.request',
  input: requestDrillInput,
  async act({ tx, ctx, actorText }, { target: name, backupId, store, scheduledFor }) {
    const target = await getTargetByName(tx, name)
    // Only an archive of ours can be proven; one that others made is drilled by itself, or where there is no other.
    const backup = backupId
      ? await getBackup(tx, backupId)
      : ((await findNewestGood(tx, target.id, 'archive', 'holdfast')) ??
        (await findNewestGood(tx, target.id, 'archive')))
    if (!backup) {
      return refuse(
        'no-archive',
        `${target.name} has no good archive to drill.`,
        `Take one: holdfast backups take ${target.name} --kind archive`,
      )
    }
    if (backup.targetId !== target.id || backup.kind !== 'archive') {
      return refuse(
        'backup-not-archive',
        `The backup is not an archive of ${target.name}.`,
        'Snapshots live in the target and are verified there; drills restore archives.',
      )
    }
    if (backup.status !== 'good' && backup.status !== 'suspicious') {
      return refuse('backup-not-good', `This backup is ${backup.status}: it cannot be restored.`)
    }
    if (await hasUnfinishedDrill(tx, backup.id)) {
      return refuse(
        'drill-under-way',
        'A drill of this backup waits or runs already.',
        'Wait for its verdict.',
      )
    }
    // Foreign archives have no copies of ours; scheduled drills take the stores in turn.
    const choice = { storeName: store, rotate: scheduledFor !== undefined }
    const copy = await chooseCopy(tx, backup, choice)
    if (store && !copy) {
      return refuse(
        'copy-not-found',
        `There is no good copy of this archive in the store “${store}”.`,
        `See where it is: holdfast backups show ${backup.id}`,
      )
    }
    const [drill] = await tx
      .insert(drills)
      .values({
        targetId: target.id,
        backupId: backup.id,
        copyId: copy?.id ?? null,
        requestedBy: actorText,
      })
      .returning({ id: drills.id })
    const drillId = drill!.id
    const jobRunId = await requestJob(ctx, tx, {
      kind: 'drills.run',
      targetId: target.id,
      payload: { drillId, ...(copy && (store || choice.rotate) ? { storeName: copy.storeName } : {}) },
      ...(scheduledFor ? { scheduledFor } : {}),
    })
    await tx.update(drills).set({ jobRunId }).where(eq(drills.id, drillId))
    return {
      value: { drillId, backupId: backup.id, store: copy?.storeName ?? null, jobRunId },
      audit: {
        subject: `drill:${drillId}`,
        target: target.name,
        detail: { backupId: backup.id, store: copy?.storeName ?? null },
      },
      changed: ['drills', 'jobs'],
    }
  },
})
