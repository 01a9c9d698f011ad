import { beforeAll, describe, expect, it } from 'vitest'
import { guardEvents } from '#drizzle/schema/guards.ts'
import { unwrap } from '#lib/errors.ts'
import { changeProtection, protectionOf } from '#lib/guards/change-protection.ts'
import { dryRunBudgets } from '#lib/guards/dry-run-budget.ts'
import { addTarget } from '#lib/targets/add-target.ts'
import { policySchema } from '#lib/targets/policy.ts'
import { createTestDatabase, createTestStore, type TestStore } from '#lib/testing/test-db.ts'

const now = new Date('2026-03-31T12:00:00Z')
const policy = policySchema.parse({
  budget: { statementRows: 100, windowRows: 1_000, windowMinutes: 60 },
  protectedTables: [{ table: 'public.member', roles: { purge: { windowRows: 10_000 } } }],
  agents: [{ role: 'agent', budget: { statementRows: 1 } }],
})

describe('dryRunBudgets', () => {
  let store: TestStore
  let targetId: string
  let count = 0
  const event = async (hoursAgo: number, more: Partial<typeof guardEvents.$inferInsert> = {}) => {
    await store.db.insert(guardEvents).values({
      targetId,
      kind: 'deleted',
      at: new Date(now.getTime() - hoursAgo * 3_600_000),
      tableName: 'public.member',
      rows: 20,
      roleName: 'app',
      sourceKey: String(++count),
      ...more,
    })
  }
  const tryIt = async (entry: object = {}, act = 'delete', role: string | null = null) => {
    const protection = { ...protectionOf(policy, 'public.member'), budget: { statementRows: 10 }, ...entry }
    const trials = await dryRunBudgets(
      store.db,
      targetId,
      changeProtection(policy, protection),
      'public.member',
      now,
    )
    return trials.find((trial) => trial.act === act && trial.role === role)
  }

  beforeAll(async () => {
    store = await createTestStore()
    const { url } = await createTestDatabase('create table public.member (id int primary key)')
    targetId = unwrap(await addTarget(store.ctx, { name: 'tried', url, policy: {} })).id
    await event(1)
    await event(2, { detail: { act: 'delete', statements: 4, largestStatementRows: 5 } })
    await event(3, { detail: { act: 'update', statements: 1 } })
    await event(4, { roleName: 'purge', rows: 5_000 })
    await event(5, { kind: 'permitted', rows: 9_000 })
    await event(6, { kind: 'blocked', rows: 8, detail: { exceeded: 'window' } })
    await event(7, { kind: 'blocked', rows: null, roleName: null, detail: { countedOnly: true } })
    await event(8, { kind: 'blocked', rows: null, detail: { exceeded: 'truncate' } })
    await event(9, { tableName: 'public.other' })
    await event(24 * 30 + 1)
  })

  it('judges the last 30 days of one table by its largest statements, and nothing that no budget decides', async () => {
    const trial = (await tryIt())!
    expect(trial).toMatchObject({ events: 4, unknown: 1, isCut: false, budget: { windowRows: 1_000 } })
    expect(trial.refused).toMatchObject([{ limit: 'statement', counted: 20, allowed: 10 }])
    expect(trial.passed).toMatchObject([{ rows: 8, outcome: 'refused' }])
  })

  it('keeps apart roles that have a budget of their own, and updates', async () => {
    expect(
      await tryIt({ roles: { purge: { statementRows: 6_000, windowRows: 100 } } }, 'delete', 'purge'),
    ).toMatchObject({
      events: 1,
      refused: [{ limit: 'window', counted: 5_000 }],
    })
    expect(await tryIt({}, 'delete', 'agent')).toMatchObject({ events: 0, budget: { statementRows: 1 } })
    expect(await tryIt({}, 'update')).toBeUndefined()
    expect(await tryIt({ updates: { columns: ['id'] } }, 'update')).toMatchObject({
      events: 1,
      refused: [{ counted: 20 }],
    })
  })
})
