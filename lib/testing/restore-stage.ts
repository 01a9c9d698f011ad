import type postgres from 'postgres'
import { stepUps } from '#drizzle/schema/auth.ts'
import { getBackup } from '#lib/backups/queries.ts'
import { requestBackup } from '#lib/backups/request-backup.ts'
import type { BackupDetails, BackupKind } from '#lib/backups/types.ts'
import type { Actor, Ctx, Role } from '#lib/context.ts'
import { closeDb, openDb } from '#lib/db/client.ts'
import { type Outcome, unwrap } from '#lib/errors.ts'
import { compareFacts } from '#lib/facts/compare-facts.ts'
import { readFacts } from '#lib/facts/read-facts.ts'
import type { Difference, Facts } from '#lib/facts/types.ts'
import { requestGuardInstallation } from '#lib/guards/request-guard-installation.ts'
import { getJobRun } from '#lib/jobs/queries.ts'
import { runJob } from '#lib/jobs/run-job.ts'
import type { JobRun } from '#lib/jobs/types.ts'
import { approveOperation } from '#lib/operations/approve-operation.ts'
import { stepUpSubject } from '#lib/operations/bound-to.ts'
import type { OperationKinds } from '#lib/operations/kinds.ts'
import { getOperation, type OperationDetails } from '#lib/operations/queries.ts'
import type { RequestedOperation } from '#lib/operations/request-operation.ts'
import { requestOperationRun } from '#lib/operations/request-operation-run.ts'
import type { OperationKind } from '#lib/operations/types.ts'
import { requestRestore } from '#lib/restores/request-restore.ts'
import { restoreKind } from '#lib/restores/restore-kind.ts'
import { requestUndo } from '#lib/restores/undo/request-undo.ts'
import { undoKind } from '#lib/restores/undo/undo-kind.ts'
import { addTarget } from '#lib/targets/add-target.ts'
import { putPolicy } from '#lib/targets/apply-policy.ts'
import { connectToUrl } from '#lib/targets/open-target.ts'
import { type PolicyInput, policySchema } from '#lib/targets/policy.ts'
import { getPolicy } from '#lib/targets/queries.ts'
import type { Environment } from '#lib/targets/types.ts'
import { cleanUp } from '#lib/testing/clean-up.ts'
import { restoreHandlers } from '#lib/testing/restore-handlers.ts'
import {
  createTestDatabase,
  createTestDataDirectory,
  createTestPerson,
  createTestStore,
  type TestStore,
} from '#lib/testing/test-db.ts'

type GuardedTable = NonNullable<PolicyInput['protectedTables']>[number]
type Person = Ctx & { actor: Actor & { kind: 'user' } }

/** A store, a production target made by a script, and the steps of a restore as short calls; all of it real. */
export interface RestoreStage {
  store: TestStore
  target: { id: string; name: string; url: string; sql: postgres.Sql }
  take(kind: BackupKind): Promise<BackupDetails>
  /** Puts tables under the guards' protection, with budgets that never refuse unless told otherwise. */
  guard(tables: readonly (string | GuardedTable)[], rows?: number): Promise<void>
  facts(): Promise<Facts>
  /** How the target differs from facts read earlier. */
  differences(before: Facts): Promise<Difference[]>
  person(role: Role): Promise<Person>
  /** Plans what was requested and returns the operation, whatever became of it. */
  planned(requested: Promise<Outcome<RequestedOperation>>): Promise<OperationDetails>
  restore(request: Record<string, unknown>): Promise<OperationDetails>
  /** Plans the undo of an operation. */
  undoOf(operation: { id: string }, rows?: 'changed' | 'all'): Promise<OperationDetails>
  /** Has a second person approve it. */
  approve(operation: OperationDetails): Promise<void>
  /** Presses run and returns the job run's id. */
  press(operation: OperationDetails): Promise<string>
  /** Approves, presses, works; returns the operation as it ended. */
  run(operation: OperationDetails): Promise<OperationDetails>
  work(jobRunId: string): Promise<JobRun>
  reload(operation: { id: string }): Promise<OperationDetails>
}

export interface RestoreStageOptions {
  environment?: Environment
  kinds?: OperationKinds
  /** The target's server, as superuser, when it is not the test run's. */
  server?: string
  /** How Holdfast reaches the target; the test itself looks at it directly. */
  targetThrough?: (url: string) => string
  /** How the worker reaches the control database. */
  workerThrough?: (url: string) => string
}

export async function createRestoreStage(
  script: string,
  options: RestoreStageOptions = {},
): Promise<RestoreStage> {
  createTestDataDirectory()
  const store = await createTestStore()
  const { url, sql, database } = await createTestDatabase(script, options.server)
  const reached = options.targetThrough?.(url) ?? url
  const { workerThrough } = options
  const workerDb = workerThrough
    ? openDb(workerThrough(store.url), { applicationName: 'holdfast:test-worker' })
    : store.db
  if (workerThrough) cleanUp(() => closeDb(workerDb))
  const name = `t-${database.slice(-12)}`
  const environment = options.environment ?? 'production'
  const { id } = unwrap(await addTarget(store.ctx, { name, url: reached, environment }))
  const kinds = options.kinds ?? [restoreKind as OperationKind, undoKind as OperationKind]
  const handlers = restoreHandlers(kinds)

  const stage: RestoreStage = {
    store,
    target: { id, name, url, sql },
    async take(kind) {
      const { backupId, jobRunId } = unwrap(await requestBackup(store.ctx, { target: name, kind }))
      await stage.work(jobRunId)
      return getBackup(store.db, backupId)
    },
    async guard(tables, rows = 10_000_000) {
      const { document } = await getPolicy(store.db, id)
      const budget = { statementRows: rows, transactionRows: rows, windowRows: rows }
      const protectedTables = tables.map((table) => ({
        budget,
        ...(typeof table === 'string' ? { table } : table),
        ...(typeof table !== 'string' && table.updates ? { updates: { budget, ...table.updates } } : {}),
      }))
      // Beside the verb: wider budgets for production would take a second person. Memberships are lost on purpose here.
      const memberships = document.memberships.map((rule) => ({ ...rule, orphaning: 'off' as const }))
      const wide = policySchema.parse({ ...document, memberships, protectedTables })
      await store.db.transaction((tx) => putPolicy(tx, id, wide, 'test'))
      const { jobRunId } = unwrap(await requestGuardInstallation(store.ctx, { target: name }))
      const run = await stage.work(jobRunId)
      if (run.status !== 'succeeded') throw new Error(JSON.stringify(run.error))
    },
    async facts() {
      const session = connectToUrl(url, 'backup', { purpose: 'test' })
      try {
        return (await session.begin('isolation level repeatable read', (transaction) =>
          readFacts(transaction),
        )) as Facts
      } finally {
        await session.end()
      }
    },
    differences: async (before) => compareFacts(before, await stage.facts()),
    person: async (role) => (await createTestPerson(store, role)) as Person,
    async planned(requested) {
      const { operationId, jobRunId } = unwrap(await requested)
      await stage.work(jobRunId)
      return getOperation(store.db, operationId)
    },
    restore: (request) =>
      stage.planned(
        requestRestore(store.ctx, {
          targetId: id,
          reason: 'rows were deleted by mistake',
          request: { into: 'place', ...request },
        }),
      ),
    undoOf: (operation, rows = 'changed') =>
      stage.planned(
        requestUndo(store.ctx, { operationId: operation.id, reason: 'it was not what was meant', rows }),
      ),
    async approve(operation) {
      const person = await stage.person('commander')
      await store.db.insert(stepUps).values({
        sessionId: person.actor.sessionId,
        userId: person.actor.userId,
        boundTo: stepUpSubject(operation.id, operation.fingerprint!),
      })
      unwrap(
        await approveOperation(person, { operationId: operation.id, fingerprint: operation.fingerprint }),
      )
    },
    async press(operation) {
      const { jobRunId } = unwrap(
        await requestOperationRun(store.ctx, {
          operationId: operation.id,
          fingerprint: operation.fingerprint,
          targetName: name,
        }),
      )
      return jobRunId
    },
    async run(operation) {
      if (operation.status === 'awaiting-approval') await stage.approve(operation)
      await stage.work(await stage.press(operation))
      return stage.reload(operation)
    },
    async work(jobRunId) {
      const worker: Ctx = { ...store.ctx, db: workerDb, actor: { kind: 'worker', workerId: 'test' } }
      await runJob(worker, handlers, jobRunId, 'test')
      return getJobRun(store.db, jobRunId)
    },
    reload: (operation) => getOperation(store.db, operation.id),
  }
  return stage
}
