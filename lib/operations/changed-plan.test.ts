import { sql } from 'drizzle-orm'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { unwrap } from '#lib/errors.ts'
import type { OperationDetails } from '#lib/operations/queries.ts'
import { addTarget } from '#lib/targets/add-target.ts'
import { createOperationStage, type OperationStage } from '#lib/testing/operation-stage.ts'
import { createTestDatabase } from '#lib/testing/test-db.ts'

/** Even where somebody writes to the control database as its owner, an approval serves exactly what was looked at. */
describe('an approval is void for', () => {
  let stage: OperationStage
  beforeAll(async () => {
    stage = await createOperationStage()
  })
  beforeEach(async () => {
    await stage.sql`truncate public.ledger`
  })

  const runAfter = async (operation: OperationDetails, values: string): Promise<OperationDetails> => {
    await stage.store.db.execute(sql.raw(`update operations set ${values} where id = '${operation.id}'`))
    const { jobRunId } = unwrap(await stage.pressRun(stage.store.ctx, operation))
    await stage.work(jobRunId)
    return stage.reload(operation)
  }
  const stale = { status: 'refused', error: { code: 'plan-stale' } }

  it('another request: more rows, another way of doing it', async () => {
    const [more, otherWay] = [await stage.approved(stage.store.ctx), await stage.approved(stage.store.ctx)]
    expect(await runAfter(more, `request = jsonb_set(request, '{rows}', '999')`)).toMatchObject(stale)
    expect(await runAfter(otherWay, `request = request || '{"brokenProof": true}'`)).toMatchObject(stale)
    expect(await stage.ledgerRows()).toBe(0)
  })

  it('another target, even one that looks the same', async () => {
    const { url, sql: other } = await createTestDatabase(
      'create table public.ledger (id serial primary key); create table public.go_on ()',
    )
    const twin = unwrap(await addTarget(stage.store.ctx, { name: 'twin', url, environment: 'development' }))
    const operation = await stage.approved(stage.store.ctx)
    await stage.store.db.execute(sql`update operations set target_id = ${twin.id} where id = ${operation.id}`)
    expect(await stage.pressRun(stage.store.ctx, operation)).toMatchObject({
      refusal: { code: 'name-mismatch' },
    })
    await stage.store.db.execute(
      sql`update operations set target_id = ${stage.target.id} where id = ${operation.id}`,
    )
    const { jobRunId } = unwrap(await stage.pressRun(stage.store.ctx, operation))
    await stage.store.db.execute(sql`update operations set target_id = ${twin.id} where id = ${operation.id}`)
    await stage.work(jobRunId)
    expect(await stage.reload(operation)).toMatchObject(stale)
    const [row] = await other<{ rows: number }[]>`select count(*)::int as rows from public.ledger`
    expect(row!.rows + (await stage.ledgerRows())).toBe(0)
  })

  it('another plan under the same operation: the database does not let the two fall apart', async () => {
    const operation = await stage.approved(stage.store.ctx)
    const another = stage.store.db.execute(
      sql`update operations set fingerprint = repeat('a', 64) where id = ${operation.id}`,
    )
    await expect(another).rejects.toMatchObject({ cause: { constraint_name: 'operations_approval_bound' } })
    const both = await runAfter(
      operation,
      `fingerprint = repeat('a', 64), approved_fingerprint = repeat('a', 64)`,
    ).catch((error: { code: string }) => error.code)
    expect(both).toBe('plan-changed')
    expect(await stage.ledgerRows()).toBe(0)
  })

  it('rows that changed between the plan and the run', async () => {
    const operation = await stage.approved(stage.store.ctx)
    await stage.sql`insert into public.ledger default values`
    expect(await runAfter(operation, `reason = reason`)).toMatchObject(stale)
    expect(await stage.ledgerRows()).toBe(1)
  })
})
