// A worker for one job of a restore, as a process of its own, so that a test can kill it: URL and job run id as arguments.
import { openDb } from '#lib/db/client.ts'
import { runJob } from '#lib/jobs/run-job.ts'
import { createKeyRing } from '#lib/keys.ts'
import type { OperationKind } from '#lib/operations/types.ts'
import { databaseRestoreKind } from '#lib/restores/database/database-restore-kind.ts'
import { databaseSwitchKind } from '#lib/restores/database/database-switch-kind.ts'
import { restoreKind } from '#lib/restores/restore-kind.ts'
import { undoKind } from '#lib/restores/undo/undo-kind.ts'
import { restoreHandlers } from '#lib/testing/restore-handlers.ts'
import { testKey } from '#lib/testing/test-key.ts'

const [url, jobRunId] = process.argv.slice(2)
const workerId = `child:${process.pid}`
const db = openDb(url!, { applicationName: workerId })
const ctx = { db, keys: createKeyRing(testKey), actor: { kind: 'worker' as const, workerId } }
const kinds = [restoreKind, undoKind, databaseRestoreKind, databaseSwitchKind] as OperationKind[]
await runJob(ctx, restoreHandlers(kinds), jobRunId!, workerId, { leaseSeconds: 2 })
process.exit()
