import { beforeAll, describe, expect, it } from 'vitest'
import { permits } from '#drizzle/schema/permits.ts'
import type { Ctx } from '#lib/context.ts'
import { unwrap } from '#lib/errors.ts'
import { permitKind } from '#lib/guards/permit-kind.ts'
import { listPermits } from '#lib/guards/permit-queries.ts'
import { watchPermits } from '#lib/guards/watch-permits.ts'
import { runJob } from '#lib/jobs/run-job.ts'
import type { JobHandlers } from '#lib/jobs/types.ts'
import { executeOperation, type RunPayload } from '#lib/operations/execute-operation.ts'
import { getOperation } from '#lib/operations/queries.ts'
import { requestOperationRun } from '#lib/operations/request-operation-run.ts'
import type { OperationKind } from '#lib/operations/types.ts'
import { createPermitStage, type PermitStage } from '#lib/testing/permit-stage.ts'

describe('a permit whose making is cut off', () => {
  let stage: PermitStage
  beforeAll(async () => {
    stage = await createPermitStage('create table public.visit (id int primary key)', {
      budget: { statementRows: 5 },
      protectedTables: [{ table: 'public.visit' }],
    })
    await stage.install()
  })

  async function runAs(kind: OperationKind) {
    const operation = await stage.request({ table: 'public.visit' })
    await stage.approve(operation)
    const { id, fingerprint } = operation
    const { jobRunId } = unwrap(
      await requestOperationRun(stage.store.ctx, { operationId: id, fingerprint, targetName: stage.name }),
    )
    const worker: Ctx = { ...stage.store.ctx, actor: { kind: 'worker', workerId: 'test' } }
    const handlers = {
      'operations.run': (scope, payload) => executeOperation([kind], scope, payload as unknown as RunPayload),
    } as Partial<JobHandlers> as JobHandlers
    await runJob(worker, handlers, jobRunId, 'test')
    return getOperation(stage.store.db, id)
  }
  const listed = async (id: string) =>
    (await listPermits(stage.store.db, stage.targetId, stage.store.ctx.actor)).find((one) => one.id === id)!

  it('after the target committed it: is found by its mark and open, with the secret that it was made with', async () => {
    const cut: OperationKind = {
      ...(permitKind as OperationKind),
      async run(scope, operation) {
        await (permitKind as OperationKind).run(scope, operation)
        throw new Error('the connection was cut after the commit')
      },
    }
    const { id, status } = await runAs(cut)
    expect(status).toBe('succeeded')
    const { state, statement } = await listed(id)
    expect(state).toBe('open')
    await stage.sql.begin((sql) => sql.unsafe(statement!))
  })

  it('before: nothing is open, no statement is shown, and its secret is forgotten', async () => {
    const cut: OperationKind = {
      ...(permitKind as OperationKind),
      run: (scope, operation) =>
        (permitKind as OperationKind).run(
          { ...scope, leaveMarker: () => Promise.reject(new Error('the process died before the commit')) },
          operation,
        ),
    }
    const { id, status } = await runAs(cut)
    expect(status).toBe('failed')
    expect(await listed(id)).toMatchObject({ state: 'failed', statement: null })
    const [left] = await stage.sql`select count(*)::int as n from holdfast.permits where id = ${id}`
    expect(left!.n).toBe(0)
    await watchPermits(stage.store.ctx, stage.targetId)
    const kept = await stage.store.db.select({ id: permits.id }).from(permits)
    expect(kept.map((permit) => permit.id)).not.toContain(id)
  })
})
