// A worker for one job, as a process of its own, so that a test can kill it: URL and job run id as arguments.
import { openDb } from '#lib/db/client.ts'
import { runJob } from '#lib/jobs/run-job.ts'
import type { JobHandlers } from '#lib/jobs/types.ts'
import { createKeyRing } from '#lib/keys.ts'
import { executeOperation, type RunPayload } from '#lib/operations/execute-operation.ts'
import { planOperation } from '#lib/operations/plan-operation.ts'
import { appendRows } from '#lib/testing/append-rows-kind.ts'
import { testKey } from '#lib/testing/test-key.ts'

const [url, jobRunId] = process.argv.slice(2)
const workerId = `child:${process.pid}`
const handlers = {
  'operations.plan': (scope, payload) =>
    planOperation([appendRows], scope, payload as { operationId: string }),
  'operations.run': (scope, payload) =>
    executeOperation([appendRows], scope, payload as unknown as RunPayload),
} as Partial<JobHandlers> as JobHandlers

const db = openDb(url!, { applicationName: workerId })
const ctx = { db, keys: createKeyRing(testKey), actor: { kind: 'worker' as const, workerId } }
process.stdout.write('ready\n')
await runJob(ctx, handlers, jobRunId!, workerId, { leaseSeconds: 2 })
process.exit()
