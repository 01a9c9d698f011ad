import { z } from 'zod'
import { defineRead } from '#app/_web/read.ts'
import { getDeployment, listDeployments } from '#lib/deployments/queries.ts'
import { getJobRun } from '#lib/jobs/queries.ts'
import { getTarget } from '#lib/targets/queries.ts'

export const deploymentsRead = defineRead({
  name: 'deployments',
  topics: ['deployments'],
  audience: 'role',
  input: z.object({ targetId: z.uuid() }),
  read: async ({ db, user }, { targetId }) => ({
    role: user.role,
    target: await getTarget(db, targetId),
    deployments: await listDeployments(db, targetId),
  }),
})

export const deploymentRead = defineRead({
  name: 'deployment',
  topics: ['deployments', 'jobs'],
  audience: 'everyone',
  input: z.object({ deploymentId: z.uuid() }),
  async read({ db }, { deploymentId }) {
    const deployment = await getDeployment(db, deploymentId)
    const working = deployment.status === 'queued' || deployment.status === 'validating'
    return {
      deployment,
      target: await getTarget(db, deployment.targetId),
      run: working && deployment.jobRunId ? await getJobRun(db, deployment.jobRunId) : null,
    }
  },
})
