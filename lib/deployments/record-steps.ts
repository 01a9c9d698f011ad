import { eq } from 'drizzle-orm'
import { deployments } from '#drizzle/schema/deployments.ts'
import { announceChanges } from '#lib/db/changes.ts'
import type { Db } from '#lib/db/client.ts'
import type { StepName, StepStatus, ValidationStep } from '#lib/deployments/types.ts'
import { AppError, messageOf } from '#lib/errors.ts'

export interface StepOutcome {
  status: StepStatus
  details: string
  evidence?: string[]
}

export interface StepRecorder {
  steps: ValidationStep[]
  /** Runs one step and records how it ended. A step that throws has failed; it never ends the validation silently. */
  record(name: StepName, run: () => Promise<StepOutcome>): Promise<StepStatus>
}

/** Records each step on the deployment as it ends, so that its page shows the validation live. */
export function createStepRecorder(db: Db, deploymentId: string, signal: AbortSignal): StepRecorder {
  const steps: ValidationStep[] = []
  return {
    steps,
    async record(name, run) {
      signal.throwIfAborted()
      const startedAt = Date.now()
      const outcome = await run().catch((error: unknown): StepOutcome => {
        signal.throwIfAborted()
        const hint = error instanceof AppError && error.hint ? ` ${error.hint}` : ''
        return { status: 'failed', details: `${messageOf(error)}${hint}` }
      })
      steps.push({ name, evidence: [], ...outcome, durationMs: Date.now() - startedAt })
      await db.update(deployments).set({ steps }).where(eq(deployments.id, deploymentId))
      await announceChanges(db, ['deployments'])
      return outcome.status
    },
  }
}
