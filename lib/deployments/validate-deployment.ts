import { eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import { deployments } from '#drizzle/schema/deployments.ts'
import { appendAudit } from '#lib/audit/append-audit.ts'
import { formatActor } from '#lib/context.ts'
import { announceChanges } from '#lib/db/changes.ts'
import { judgeDeployment } from '#lib/deployments/judge-deployment.ts'
import { parseMigration } from '#lib/deployments/parse-migration.ts'
import { getDeployment } from '#lib/deployments/queries.ts'
import { createStepRecorder } from '#lib/deployments/record-steps.ts'
import type { Deployment, Verdict } from '#lib/deployments/types.ts'
import {
  ensureBackup,
  measureLive,
  readHealth,
  readStatements,
  rehearse,
  weighConstraint,
} from '#lib/deployments/validation-steps.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import { getTarget } from '#lib/targets/queries.ts'

const payloadSchema = z.object({ deploymentId: z.uuid() })

/**
 * Validates a deployment: what its statements are, what they would destroy in the live database now, whether the target is
 * healthy, and what really happens on a restored copy of a proven archive, forward and back. Writes the steps and the
 * verdict to the deployment. The target is only read. Safe to repeat: the steps are made again from the start.
 */
export async function validateDeployment(scope: JobScope, payload: unknown): Promise<{ verdict: Verdict }> {
  const { deploymentId } = payloadSchema.parse(payload)
  const { db } = scope.ctx
  const deployment = await getDeployment(db, deploymentId)
  await db
    .update(deployments)
    .set({ status: 'validating', steps: [], reasons: [], verdict: null, error: null, startedAt: sql`now()` })
    .where(eq(deployments.id, deploymentId))
  await announceChanges(db, ['deployments'])
  try {
    return await judge(scope, deployment)
  } catch (error) {
    await db
      .update(deployments)
      .set({ status: 'failed', error: { message: (error as Error).message }, finishedAt: sql`now()` })
      .where(eq(deployments.id, deploymentId))
    await announceChanges(db, ['deployments'])
    throw error
  }
}

async function judge(scope: JobScope, deployment: Deployment): Promise<{ verdict: Verdict }> {
  const { db } = scope.ctx
  const { request } = deployment
  const target = await getTarget(db, deployment.targetId)
  const recorder = createStepRecorder(db, deployment.id, scope.signal)

  if (!request.skip) {
    const migration = request.migration ? await parseMigration(request.migration) : null
    const rollback = request.rollback ? await parseMigration(request.rollback) : null
    if (migration) {
      await scope.phase('read the statements')
      await recorder.record('statements', async () => readStatements(migration, rollback))
      await scope.phase('measure the blast radius')
      await recorder.record('blast-radius', () => measureLive(scope, target.id, migration))
    }
    if (request.constraint) {
      const { constraint } = request
      await scope.phase('weigh the constraint')
      await recorder.record('constraint-impact', () => weighConstraint(scope, target.id, constraint))
    }
    await scope.phase('run the health checks')
    await recorder.record('health', () => readHealth(scope))
    await scope.phase('find or take a backup')
    let backupId: string | null = null
    await recorder.record('backup', async () => {
      const backup = await ensureBackup(scope, target.id)
      backupId = backup.backupId
      return backup.outcome
    })
    const safe = migration && migration.forbidden.length === 0 && (rollback?.forbidden.length ?? 0) === 0
    if (safe && backupId) await rehearse(scope, recorder, { backupId, migration, rollback })
  }

  const { verdict, reasons } = judgeDeployment(recorder.steps, {
    migration: request.migration !== null,
    rollback: request.rollback !== null,
    constraint: request.constraint !== null,
    skipReason: request.skip?.reason ?? null,
  })
  await scope.assertHeld()
  await db.transaction(async (tx) => {
    await tx
      .update(deployments)
      .set({ status: 'validated', verdict, reasons, steps: recorder.steps, finishedAt: sql`now()` })
      .where(eq(deployments.id, deployment.id))
    await announceChanges(tx, ['deployments', 'audit'])
    await appendAudit(tx, {
      actor: formatActor(scope.ctx.actor),
      action: 'deployments.validate',
      outcome: 'done',
      subject: `deployment:${deployment.id}`,
      target: target.name,
      reason: request.skip?.reason ?? null,
      detail: { verdict, reasons },
    })
  })
  return { verdict }
}
