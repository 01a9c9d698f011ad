import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type GroupableEvent, groupEvents } from '#lib/guards/group-events.ts'

const noon = Date.parse('2026-01-01T12:00:00Z')
const event = (secondsAgo: number, change: Partial<GroupableEvent> = {}): GroupableEvent => ({
  id: `${secondsAgo}`,
  at: new Date(noon - secondsAgo * 1000).toISOString(),
  kind: 'statement',
  table: 'public.a',
  rows: 8,
  role: 'agent',
  application: 'cleanup.js',
  address: null,
  statement: 'delete from a',
  ...change,
})

describe('groupEvents', () => {
  it('makes one line of what one origin repeats, also when two tables alternate', () => {
    const groups = groupEvents([
      event(1),
      event(2, { table: 'public.b' }),
      event(100, { kind: 'window', statement: 'delete from a where b' }),
      event(101, { table: 'public.b' }),
      event(250, { rows: null }),
    ])
    expect(groups).toMatchObject([
      {
        key: '1',
        rows: 16,
        kinds: ['statement', 'window'],
        statements: ['delete from a', 'delete from a where b'],
        firstAt: event(250).at,
        lastAt: event(1).at,
      },
      { key: '2', rows: 16 },
    ])
    expect(groups[0]!.events).toHaveLength(3)
  })

  it('keeps apart what is far apart, of another origin, under a permit, or done to a guard', () => {
    const groups = groupEvents([
      event(1),
      event(182),
      event(183, { role: 'maria' }),
      event(184, { kind: 'permitted' }),
      event(185, { kind: 'tampered' }),
      event(186, { kind: 'tampered' }),
    ])
    expect(groups).toHaveLength(6)
  })

  it('makes one line of every guard that one look found changed', () => {
    const groups = groupEvents([
      event(1, { kind: 'tampered', rows: null }),
      event(1, { id: 'b', kind: 'tampered', table: 'public.b', rows: null }),
      event(9, { kind: 'tampered', rows: null }),
    ])
    expect(groups.map(({ events }) => events.length)).toEqual([2, 1])
  })

  it('loses no event and no row', () => {
    const drawn = fc.array(
      fc.tuple(fc.nat(2_000), fc.constantFrom('a', 'b'), fc.option(fc.nat(50)), fc.constantFrom('x', null)),
    )
    fc.assert(
      fc.property(drawn, (rows) => {
        const events = rows
          .map(([ago, table, count, role], index) => event(ago, { id: `${index}`, table, rows: count, role }))
          .sort((first, second) => second.at.localeCompare(first.at))
        const groups = groupEvents(events)
        const ids = groups.flatMap((group) => group.events.map(({ id }) => id))
        expect(ids.sort()).toEqual(events.map(({ id }) => id).sort())
        const sum = (values: (number | null)[]) =>
          values.reduce<number>((total, one) => total + (one ?? 0), 0)
        expect(sum(groups.map((group) => group.rows))).toBe(sum(events.map((one) => one.rows)))
      }),
    )
  })
})
