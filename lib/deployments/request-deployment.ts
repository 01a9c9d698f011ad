import { eq } from 'drizzle-orm'
import { deployments } from '#drizzle/schema/deployments.ts'
import { requestDeploymentInput } from '#lib/deployments/input.ts'
import { parseMigration } from '#lib/deployments/parse-migration.ts'
import type { DeploymentRequest } from '#lib/deployments/types.ts'
import { AppError, refuse } from '#lib/errors.ts'
import { requestJob } from '#lib/jobs/request-job.ts'
import { refuseControlTarget } from '#lib/targets/control-target.ts'
import { getTarget } from '#lib/targets/queries.ts'
import { defineVerb } from '#lib/verb.ts'

/**
 * Files a deployment and its validation. The text is parsed at once, so that a typing error is told before any work;
 * nothing of the target is touched. Repeating files another deployment.
 */
export const requestDeployment = defineVerb({
  action: 'deployments.request',
  input: requestDeploymentInput,
  async act({ tx, ctx, actorText }, input) {
    const target = await getTarget(tx, input.targetId)
    const controlRefusal = refuseControlTarget(target, 'only Holdfast itself migrates it')
    if (controlRefusal) return controlRefusal
    if (!input.migration && !input.constraint && !input.skip) {
      return refuse(
        'nothing-to-validate',
        'There is neither a migration nor a constraint to validate.',
        'Give --migration FILE, or --constraint and --table.',
      )
    }
    for (const text of [input.migration, input.rollback]) {
      try {
        if (text) await parseMigration(text)
      } catch (error) {
        if (error instanceof AppError) return refuse(error.code, error.message, error.hint)
        throw error
      }
    }
    const request: DeploymentRequest = {
      migration: input.migration ?? null,
      rollback: input.rollback ?? null,
      constraint: input.constraint ?? null,
      skip: input.skip ?? null,
    }
    const [row] = await tx
      .insert(deployments)
      .values({ targetId: target.id, title: input.title, request, requestedBy: actorText })
      .returning({ id: deployments.id, number: deployments.number })
    const jobRunId = await requestJob(ctx, tx, {
      kind: 'deployments.validate',
      targetId: target.id,
      payload: { deploymentId: row!.id },
    })
    await tx.update(deployments).set({ jobRunId }).where(eq(deployments.id, row!.id))
    return {
      value: { deploymentId: row!.id, number: row!.number, jobRunId },
      audit: {
        subject: `deployment:${row!.id}`,
        target: target.name,
        reason: input.skip?.reason ?? null,
        detail: { title: input.title, skipped: input.skip !== null && input.skip !== undefined },
      },
      changed: ['deployments', 'jobs'],
    }
  },
})
