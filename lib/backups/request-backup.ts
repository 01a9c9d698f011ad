import { eq } from 'drizzle-orm'
import { backups } from '#drizzle/schema/backups.ts'
import { requestBackupInput } from '#lib/backups/input.ts'
import { requestJob } from '#lib/jobs/request-job.ts'
import { refuseControlTarget } from '#lib/targets/control-target.ts'
import { getTargetByName } from '#lib/targets/queries.ts'
import { defineVerb } from '#lib/verb.ts'

/** Files the request for a snapshot or an archive of a target; a worker takes it. Each call asks for one more. */
export const requestBackup = defineVerb({
  action: 'backups.request',
  input: requestBackupInput,
  async act({ tx, ctx, actorText }, { target: name, kind, purpose, scheduledFor }) {
    const target = await getTargetByName(tx, name)
    const controlRefusal =
      kind === 'snapshot' ? refuseControlTarget(target, 'nothing is copied inside of it') : null
    if (controlRefusal) return controlRefusal
    const [backup] = await tx
      .insert(backups)
      .values({ targetId: target.id, kind, purpose, requestedBy: actorText })
      .returning({ id: backups.id })
    const backupId = backup!.id
    const jobRunId = await requestJob(ctx, tx, {
      kind: 'backups.take',
      targetId: target.id,
      payload: { backupId },
      ...(scheduledFor ? { scheduledFor } : {}),
    })
    await tx.update(backups).set({ jobRunId }).where(eq(backups.id, backupId))
    return {
      value: { backupId, jobRunId },
      audit: { subject: `backup:${backupId}`, target: target.name, detail: { kind, purpose } },
      changed: ['backups', 'jobs'],
    }
  },
})
