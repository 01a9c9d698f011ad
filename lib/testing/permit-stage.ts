import postgres from 'postgres'
import { stepUps } from '#drizzle/schema/auth.ts'
import type { Actor, Ctx, Role } from '#lib/context.ts'
import { unwrap } from '#lib/errors.ts'
import { guardRemovalKind } from '#lib/guards/guard-removal-kind.ts'
import { permitKind } from '#lib/guards/permit-kind.ts'
import { listPermits } from '#lib/guards/permit-queries.ts'
import { policyWeakeningKind } from '#lib/guards/policy-weakening-kind.ts'
import { removeGuards } from '#lib/guards/remove-guards.ts'
import { requestPermit } from '#lib/guards/request-permit.ts'
import { withdrawPermit } from '#lib/guards/withdraw-permit.ts'
import { getJobRun } from '#lib/jobs/queries.ts'
import { runJob } from '#lib/jobs/run-job.ts'
import type { JobHandlers, JobRun } from '#lib/jobs/types.ts'
import { approveOperation } from '#lib/operations/approve-operation.ts'
import { stepUpSubject } from '#lib/operations/bound-to.ts'
import { executeOperation, type RunPayload } from '#lib/operations/execute-operation.ts'
import { planOperation } from '#lib/operations/plan-operation.ts'
import { getOperation, type OperationDetails } from '#lib/operations/queries.ts'
import { requestOperationRun } from '#lib/operations/request-operation-run.ts'
import type { OperationKind } from '#lib/operations/types.ts'
import type { PolicyInput } from '#lib/targets/policy.ts'
import { createGuardedTarget, type GuardedTarget } from '#lib/testing/guarded-target.ts'
import { createTestPerson } from '#lib/testing/test-db.ts'

type Person = Ctx & { actor: Actor & { kind: 'user' } }

/** A guarded target with the steps of its operations as short calls. */
export interface PermitStage extends GuardedTarget {
  person(role: Role): Promise<Person>
  work(jobRunId: string): Promise<JobRun>
  planned(requested: Promise<{ operationId: string; jobRunId: string }>): Promise<OperationDetails>
  approve(operation: OperationDetails, by?: Person): Promise<void>
  /** Approved by a commander where that is needed, run and proven. */
  run(operation: OperationDetails): Promise<OperationDetails>
  request(request: Record<string, unknown>, by?: Ctx): Promise<OperationDetails>
  /** The statement that uses a permit made for this request. */
  permit(request: Record<string, unknown>): Promise<{ id: string; statement: string }>
  /** A session of this role; ended with the test file's server at the latest. */
  session(role: string, password?: string): postgres.Sql
}

const kinds = [permitKind, guardRemovalKind, policyWeakeningKind] as unknown as OperationKind[]

const handlers = {
  'guards.remove': (scope) => removeGuards(scope),
  'operations.plan': (scope, payload) => planOperation(kinds, scope, payload as { operationId: string }),
  'operations.run': (scope, payload) => executeOperation(kinds, scope, payload as unknown as RunPayload),
  'permits.withdraw': (scope, payload) => withdrawPermit(scope, payload as { permitId: string }),
} as Partial<JobHandlers> as JobHandlers

export async function createPermitStage(
  script: string,
  policy: PolicyInput,
  owner?: { user: string; password: string },
  server?: string,
): Promise<PermitStage> {
  const guarded = await createGuardedTarget(script, policy, owner, server)
  const { store, targetId, name, url } = guarded
  const stage: PermitStage = {
    ...guarded,
    person: async (role) => (await createTestPerson(store, role)) as Person,
    async work(jobRunId) {
      const worker: Ctx = { ...store.ctx, actor: { kind: 'worker', workerId: 'test' } }
      await runJob(worker, handlers, jobRunId, 'test')
      return getJobRun(store.db, jobRunId)
    },
    async planned(requested) {
      const { operationId, jobRunId } = await requested
      await stage.work(jobRunId)
      return getOperation(store.db, operationId)
    },
    async approve({ id, fingerprint }, by) {
      const person = by ?? (await stage.person('commander'))
      await store.db.insert(stepUps).values({
        sessionId: person.actor.sessionId,
        userId: person.actor.userId,
        boundTo: stepUpSubject(id, fingerprint!),
      })
      unwrap(await approveOperation(person, { operationId: id, fingerprint }))
    },
    async run(operation) {
      if (operation.status === 'awaiting-approval') await stage.approve(operation)
      const { jobRunId } = unwrap(
        await requestOperationRun(store.ctx, {
          operationId: operation.id,
          fingerprint: operation.fingerprint,
          targetName: name,
        }),
      )
      await stage.work(jobRunId)
      return getOperation(store.db, operation.id)
    },
    request: (request, by = store.ctx) =>
      stage.planned(
        requestPermit(by, {
          targetId,
          reason: 'old rows have to go',
          request: { maxRows: 10, minutes: 5, ...request },
        }).then(unwrap),
      ),
    async permit(request) {
      const { id, status, error } = await stage.run(await stage.request(request))
      if (status !== 'succeeded') throw new Error(`${status}: ${error?.message}`)
      const permits = await listPermits(store.db, targetId, store.ctx.actor)
      return { id, statement: permits.find((permit) => permit.id === id)!.statement! }
    },
    session(role, password = role) {
      const address = new URL(url)
      address.username = role
      address.password = password
      return postgres(address.toString(), { max: 1, onnotice: () => {}, idle_timeout: 20 })
    },
  }
  return stage
}
