import { expect, it } from 'vitest'
import { backups, drills } from '#drizzle/schema/backups.ts'
import { guardEvents } from '#drizzle/schema/guards.ts'
import { windowKey } from '#lib/guards/coverage.ts'
import { findNewestDrill, listCopiedTables, sumWindows } from '#lib/guards/coverage-queries.ts'
import { policySchema } from '#lib/targets/policy.ts'
import { recordTarget } from '#lib/testing/alert-records.ts'
import { createTestStore } from '#lib/testing/test-db.ts'

it('sums what each budget’s own window holds: by act, by role, and by its own length', async () => {
  const store = await createTestStore()
  const { id: targetId } = await recordTarget(store.db)
  const policy = policySchema.parse({
    budget: { windowRows: 100, windowMinutes: 60 },
    protectedTables: [
      { table: 'public.a', roles: { purge: { windowMinutes: 600 } }, updates: { columns: ['x'] } },
      { table: 'public.b' },
    ],
  })
  let count = 0
  const record = (minutesAgo: number, more: Partial<typeof guardEvents.$inferInsert> = {}) =>
    store.db.insert(guardEvents).values({
      targetId,
      kind: 'deleted',
      at: new Date(Date.now() - minutesAgo * 60_000),
      tableName: 'public.a',
      rows: 10,
      roleName: 'app',
      sourceKey: String(++count),
      ...more,
    })
  await record(5)
  await record(6, { roleName: null, rows: 1 })
  await record(61)
  await record(120, { roleName: 'purge', rows: 500 })
  await record(5, { rows: 7, detail: { act: 'update' } })
  await record(5, { kind: 'permitted', rows: 900 })
  await record(5, { kind: 'blocked', rows: 900 })
  const sums = await sumWindows(store.db, targetId, policy)
  expect(Object.fromEntries(sums)).toEqual({
    [windowKey('public.a', 'delete', null)]: 11,
    [windowKey('public.a', 'delete', 'purge')]: 500,
    [windowKey('public.a', 'update', null)]: 7,
  })
})

it('reads the tables of the newest good copy and what the newest drill found', async () => {
  const store = await createTestStore()
  const { id: targetId } = await recordTarget(store.db)
  expect(await listCopiedTables(store.db, targetId, 'archive')).toBeNull()
  expect(await findNewestDrill(store.db, targetId)).toBeNull()
  const copy = (takenAt: string, rows: number, status: 'good' | 'failed' = 'good') =>
    store.db
      .insert(backups)
      .values({
        targetId,
        kind: 'archive',
        purpose: 'scheduled',
        status,
        requestedBy: 'test',
        takenAt: new Date(takenAt),
        facts: { tables: [{ schema: 'public', name: 'a', rows, checksum: 'x', columns: [] }] },
      })
      .returning()
  await copy('2026-03-01T00:00:00Z', 1)
  const [newest] = await copy('2026-03-02T00:00:00Z', 2)
  await copy('2026-03-03T00:00:00Z', 3, 'failed')
  expect(await listCopiedTables(store.db, targetId, 'archive')).toEqual([
    { schema: 'public', name: 'a', rows: 2 },
  ])
  const finishedAt = new Date('2026-03-02T01:00:00Z')
  await store.db.insert(drills).values({
    targetId,
    backupId: newest!.id,
    status: 'finished',
    verdict: 'failed',
    requestedBy: 'test',
    finishedAt,
    differences: [{ subject: 'public.a', kind: 'rows', expected: '2', found: '1' }],
  })
  expect(await findNewestDrill(store.db, targetId)).toMatchObject({
    verdict: 'failed',
    finishedAt,
    tables: [{ name: 'a' }],
    subjects: ['public.a'],
  })
})
