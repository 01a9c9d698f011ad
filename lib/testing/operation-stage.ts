import { eq } from 'drizzle-orm'
import type postgres from 'postgres'
import { stepUps, users } from '#drizzle/schema/auth.ts'
import type { Actor, Ctx, Role } from '#lib/context.ts'
import { closeDb, openDb } from '#lib/db/client.ts'
import { unwrap } from '#lib/errors.ts'
import { runJob } from '#lib/jobs/run-job.ts'
import type { JobHandlers } from '#lib/jobs/types.ts'
import { approveOperation } from '#lib/operations/approve-operation.ts'
import { stepUpSubject } from '#lib/operations/bound-to.ts'
import { executeOperation, type RunPayload } from '#lib/operations/execute-operation.ts'
import { planOperation } from '#lib/operations/plan-operation.ts'
import { getOperation, type OperationDetails } from '#lib/operations/queries.ts'
import { requestOperation } from '#lib/operations/request-operation.ts'
import { requestOperationRun } from '#lib/operations/request-operation-run.ts'
import { addTarget } from '#lib/targets/add-target.ts'
import { appendRows } from '#lib/testing/append-rows-kind.ts'
import { cleanUp } from '#lib/testing/clean-up.ts'
import {
  createTestDatabase,
  createTestPerson,
  createTestStore,
  type TestStore,
} from '#lib/testing/test-db.ts'

type Person = Ctx & { actor: Actor & { kind: 'user' } }

/** A store, a target with `public.ledger`, people, and the steps of an operation as short calls. */
export interface OperationStage {
  store: TestStore
  target: { id: string; name: string }
  sql: postgres.Sql
  person(role: Role): Promise<Person>
  /** Records that the person just proved to be there, for this operation's plan. */
  proveFor(person: Person, operation: OperationDetails): Promise<void>
  /** Requested by the person and planned: awaiting approval. */
  planned(by: Ctx, request?: Record<string, unknown>): Promise<OperationDetails>
  approve(person: Person, operation: OperationDetails): ReturnType<typeof approveOperation>
  /** Planned, and approved by another commander. */
  approved(by: Ctx, request?: Record<string, unknown>): Promise<OperationDetails>
  /** Presses run; a person proves first. */
  pressRun(by: Ctx, operation: OperationDetails): ReturnType<typeof requestOperationRun>
  /** Does the job in this process, as the worker. */
  work(jobRunId: string): Promise<boolean>
  reload(operation: { id: string }): Promise<OperationDetails>
  ledgerRows(): Promise<number>
}

export interface OperationStageOptions {
  /** How Holdfast reaches the target; the test itself looks at it directly. */
  targetThrough?: (url: string) => string
  /** The target's server, as superuser, when it is not the test run's. */
  targetServer?: string
  /** How the worker reaches the control database. */
  workerThrough?: (url: string) => string
}

export async function createOperationStage(options: OperationStageOptions = {}): Promise<OperationStage> {
  const store = await createTestStore()
  const { url, sql } = await createTestDatabase(
    'create table public.ledger (id serial primary key); create table public.go_on ()',
    options.targetServer,
  )
  const reached = options.targetThrough?.(url) ?? url
  const target = unwrap(
    await addTarget(store.ctx, { name: 'books', url: reached, environment: 'development' }),
  )
  const { workerThrough } = options
  const workerDb = workerThrough
    ? openDb(workerThrough(store.url), { applicationName: 'holdfast:test-worker' })
    : store.db
  if (workerThrough) cleanUp(() => closeDb(workerDb))
  const worker: Ctx = { ...store.ctx, db: workerDb, actor: { kind: 'worker', workerId: 'test' } }
  const handlers = {
    'operations.plan': (scope, payload) =>
      planOperation([appendRows], scope, payload as { operationId: string }),
    'operations.run': (scope, payload) =>
      executeOperation([appendRows], scope, payload as unknown as RunPayload),
  } as Partial<JobHandlers> as JobHandlers

  const stage: OperationStage = {
    store,
    target,
    sql,
    person: async (role) => (await createTestPerson(store, role)) as Person,
    async proveFor({ actor }, { id, fingerprint }) {
      await store.db.insert(stepUps).values({
        sessionId: actor.sessionId,
        userId: actor.userId,
        boundTo: stepUpSubject(id, fingerprint!),
      })
    },
    async planned(by, request = {}) {
      const { operationId, jobRunId } = unwrap(
        await requestOperation(by, appendRows, {
          targetId: target.id,
          reason: 'rows are missing',
          request: { rows: 3, ...request },
        }),
      )
      await stage.work(jobRunId)
      return getOperation(store.db, operationId)
    },
    async approve(person, operation) {
      await stage.proveFor(person, operation)
      return approveOperation(person, { operationId: operation.id, fingerprint: operation.fingerprint })
    },
    async approved(by, request) {
      const operation = await stage.planned(by, request)
      unwrap(await stage.approve(await stage.person('commander'), operation))
      return stage.reload(operation)
    },
    async pressRun(by, operation) {
      if (by.actor.kind === 'user') await stage.proveFor(by as Person, operation)
      return requestOperationRun(by, {
        operationId: operation.id,
        fingerprint: operation.fingerprint,
        targetName: target.name,
      })
    },
    work: (jobRunId) => runJob(worker, handlers, jobRunId, 'test'),
    reload: ({ id }) => getOperation(store.db, id),
    async ledgerRows() {
      const [row] = await sql<{ rows: number }[]>`select count(*)::int as rows from public.ledger`
      return row!.rows
    },
  }
  return stage
}

/** Changes a person's account behind everybody's back. */
export const changeAccount = (
  { store }: OperationStage,
  { actor }: Person,
  values: Partial<typeof users.$inferInsert>,
) => store.db.update(users).set(values).where(eq(users.id, actor.userId))
