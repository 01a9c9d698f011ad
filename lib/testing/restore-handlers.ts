import { takeBackup } from '#lib/backups/take-backup.ts'
import { installGuards } from '#lib/guards/install-guards.ts'
import type { JobHandlers } from '#lib/jobs/types.ts'
import { executeOperation, type RunPayload } from '#lib/operations/execute-operation.ts'
import type { OperationKinds } from '#lib/operations/kinds.ts'
import { planOperation } from '#lib/operations/plan-operation.ts'
import { findLockedOut } from '#lib/recovery/find-locked-out.ts'

/** The handlers of the jobs that a restore goes through, without the rest of the worker. */
export const restoreHandlers = (kinds: OperationKinds): JobHandlers =>
  ({
    'backups.take': (scope, payload) => takeBackup(scope, payload as { backupId: string }),
    'guards.install': (scope) => installGuards(scope),
    'operations.plan': (scope, payload) => planOperation(kinds, scope, payload as { operationId: string }),
    'operations.run': (scope, payload) => executeOperation(kinds, scope, payload as unknown as RunPayload),
    'recovery.find': (scope, payload) => findLockedOut(scope, payload),
  }) as Partial<JobHandlers> as JobHandlers
