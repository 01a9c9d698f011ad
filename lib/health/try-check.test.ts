import { desc } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { auditEntries } from '#drizzle/schema/audit.ts'
import { healthLog } from '#drizzle/schema/health.ts'
import { unwrap } from '#lib/errors.ts'
import { tryCheck } from '#lib/health/try-check.ts'
import { addTarget } from '#lib/targets/add-target.ts'
import { applyPolicy } from '#lib/targets/apply-policy.ts'
import { createTestDatabase, createTestPerson, createTestStore } from '#lib/testing/test-db.ts'

describe('a check that is tried', () => {
  it('says what it finds, leaves an audit entry with its SQL and nothing else, and is refused to a viewer', async () => {
    const store = await createTestStore()
    const { url } = await createTestDatabase('create table public.orders (id int primary key)')
    unwrap(await addTarget(store.ctx, { name: 'shop', url }))
    const check = {
      name: 'own',
      title: 'Own',
      sql: 'select count(*) from public.orders',
      expects: { atMost: 0 },
    }
    const asked = { name: 'shop', check }
    expect(unwrap(await tryCheck(store.ctx, asked))).toMatchObject({ status: 'healthy', measured: 0 })
    const newest = async () =>
      (await store.db.select().from(auditEntries).orderBy(desc(auditEntries.seq)).limit(1))[0]
    expect(await newest()).toMatchObject({
      action: 'health.try',
      outcome: 'done',
      detail: { sql: check.sql },
    })
    expect(await store.db.select().from(healthLog)).toEqual([])

    const viewer = await createTestPerson(store, 'viewer')
    expect(await tryCheck(viewer, asked)).toMatchObject({ ok: false, refusal: { code: 'forbidden' } })

    const trap = { name: 'shop', check: { ...check, sql: "select nextval('x')" } }
    expect(await tryCheck(store.ctx, trap)).toMatchObject({
      ok: false,
      refusal: { code: 'question-refused' },
    })
    expect(await newest()).toMatchObject({ action: 'health.try', outcome: 'refused' })
    const document = { checks: [trap.check] }
    expect(await applyPolicy(store.ctx, { name: 'shop', document })).toMatchObject({
      ok: false,
      refusal: { code: 'policy-mismatch', reason: expect.stringContaining('nextval') },
    })
  })
})
