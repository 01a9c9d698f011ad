import { beforeAll, describe, expect, it } from 'vitest'
import { guardEvents } from '#drizzle/schema/guards.ts'
import {
  countEventsByHour,
  type EventFilter,
  listEventChoices,
  listGuardEvents,
} from '#lib/guards/event-queries.ts'
import { recordTarget } from '#lib/testing/alert-records.ts'
import { createTestStore, type TestStore } from '#lib/testing/test-db.ts'

describe('listGuardEvents', () => {
  let store: TestStore
  let targetId: string
  let count = 0
  const record = (at: string, more: Partial<typeof guardEvents.$inferInsert> = {}) =>
    store.db.insert(guardEvents).values({
      targetId,
      kind: 'blocked',
      at: new Date(at),
      tableName: 'public.member',
      rows: 5,
      roleName: 'agent',
      detail: { exceeded: 'statement' },
      sourceKey: String(++count),
      ...more,
    })
  const all = async (filter: EventFilter, size: number) => {
    const ids: string[] = []
    let after: string | null = null
    do {
      const page = await listGuardEvents(store.db, targetId, filter, { after, size })
      ids.push(...page.events.map((event) => event.id))
      after = page.next
    } while (after)
    return ids
  }

  beforeAll(async () => {
    store = await createTestStore()
    targetId = (await recordTarget(store.db)).id
    for (let index = 0; index < 7; index++) await record('2026-03-01T10:00:00Z')
    // Within one millisecond, which a JavaScript date cannot tell apart.
    await store.db.execute(
      `update guard_events set at = at + interval '1 microsecond' * (source_key::int % 3)`,
    )
    await record('2026-03-01T11:30:00Z', {
      tableName: 'public.lead',
      detail: { exceeded: 'truncate' },
      rows: null,
    })
    await record('2026-03-01T11:40:00Z', { roleName: null, detail: { countedOnly: true } })
    await record('2026-03-01T11:50:00Z', { kind: 'deleted', detail: { act: 'update' }, rows: 3 })
    await record('2026-03-01T11:55:00Z', { kind: 'permitted', detail: { operationId: 'x' }, rows: 4 })
  })

  it('pages through everything once, also through events of one millisecond', async () => {
    const whole = await all({ lane: 'refused' }, 100)
    expect(whole).toHaveLength(9)
    expect(new Set(whole).size).toBe(9)
    for (const size of [1, 2, 3, 9]) expect(await all({ lane: 'refused' }, size)).toEqual(whole)
  })

  it('says what was done and which permit or operation allowed it', async () => {
    await record('2026-03-01T11:56:00Z', { kind: 'expired', detail: { permitId: 'p' }, rows: 0 })
    const { events } = await listGuardEvents(store.db, targetId, { lane: 'let-go' })
    expect(events.map(({ kind, act, operationId }) => ({ kind, act, operationId }))).toEqual([
      { kind: 'expired', act: null, operationId: 'p' },
      { kind: 'permitted', act: null, operationId: 'x' },
      { kind: 'overwritten', act: 'update', operationId: null },
    ])
    await store.db.execute(`delete from guard_events where kind = 'expired'`)
  })

  it('filters by table, role and kind, and offers what there is to filter by', async () => {
    expect(await all({ lane: 'refused', table: 'public.lead' }, 9)).toHaveLength(1)
    expect(await all({ lane: 'refused', role: 'agent' }, 9)).toHaveLength(8)
    expect(await all({ lane: 'refused', role: '' }, 9)).toHaveLength(1)
    expect(await all({ lane: 'refused', kind: 'unknown' }, 9)).toHaveLength(1)
    expect(await all({ lane: 'let-go', kind: 'overwritten' }, 9)).toHaveLength(1)
    const since = new Date('2026-02-01T00:00:00Z')
    expect(await listEventChoices(store.db, targetId, 'refused', since)).toEqual({
      tables: ['public.lead', 'public.member'],
      roles: [null, 'agent'],
      kinds: ['statement', 'truncate', 'unknown'],
    })
  })

  it('counts by hour and table, with the same filter', async () => {
    const since = new Date('2026-02-01T00:00:00Z')
    const hours = await countEventsByHour(store.db, targetId, { lane: 'refused', role: 'agent' }, since)
    expect(hours).toEqual([
      { at: new Date('2026-03-01T10:00:00Z'), table: 'public.member', events: 7, rows: 35 },
      { at: new Date('2026-03-01T11:00:00Z'), table: 'public.lead', events: 1, rows: 0 },
    ])
  })
})
