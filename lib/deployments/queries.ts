import { desc, eq } from 'drizzle-orm'
import { deployments } from '#drizzle/schema/deployments.ts'
import { jobRuns } from '#drizzle/schema/jobs.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import type { Deployment } from '#lib/deployments/types.ts'
import { notFound } from '#lib/errors.ts'
import { isUuid } from '#lib/sql/uuid.ts'

/** The newest deployments of a target. */
export async function listDeployments(db: DbOrTx, targetId: string, limit = 50): Promise<Deployment[]> {
  const rows = await db
    .select()
    .from(deployments)
    .where(eq(deployments.targetId, targetId))
    .orderBy(desc(deployments.createdAt))
    .limit(limit)
  return rows as Deployment[]
}

/** One deployment with the phases of its validation. Throws AppError `deployment-not-found`. */
export async function getDeployment(db: DbOrTx, deploymentId: string): Promise<Deployment> {
  const [row] = !isUuid(deploymentId)
    ? []
    : await db
        .select({ deployment: deployments, phases: jobRuns.phases })
        .from(deployments)
        .leftJoin(jobRuns, eq(jobRuns.id, deployments.jobRunId))
        .where(eq(deployments.id, deploymentId))
  if (!row) throw notFound('deployment', deploymentId, 'List them with: holdfast deployments list TARGET')
  return { ...row.deployment, phases: row.phases ?? [] } as Deployment
}
