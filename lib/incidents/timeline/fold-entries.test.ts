import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { TimelineEntry } from '#lib/incidents/types.ts'
import { foldEntries } from './fold-entries.ts'
import { pageTimeline } from './page-timeline.ts'

const at = (minute: number) => new Date(Date.UTC(2026, 2, 29) + minute * 60_000)
const entry = (key: string, minute: number, over: Partial<TimelineEntry> = {}): TimelineEntry => ({
  key,
  at: at(minute),
  kind: 'guard',
  title: 'Guard refused a change of 400 rows',
  detail: null,
  actor: 'agent',
  href: null,
  ...over,
})

describe('foldEntries', () => {
  it('tells a loop of ten thousand as one line that says how often and until when', () => {
    const loop = Array.from({ length: 10_000 }, (_, index) => entry(`guard:${index}`, index / 100))
    expect(foldEntries(loop)).toEqual([{ ...loop[0], times: 10_000, lastAt: loop.at(-1)!.at }])
  })

  it('keeps apart what is of another origin, came much later, or was pinned', () => {
    const entries = [
      entry('a', 0),
      entry('b', 1, { actor: 'app' }),
      entry('c', 2),
      entry('d', 3),
      entry('e', 60),
    ]
    expect(foldEntries(entries, new Set(['d'])).map(({ key, times }) => [key, times])).toEqual([
      ['a', 2],
      ['b', undefined],
      ['d', undefined],
      ['e', undefined],
    ])
  })

  it('never folds what people say, loses nothing, and keeps the order', () => {
    const kinds = ['guard', 'note', 'operation', 'message'] as const
    fc.assert(
      fc.property(
        fc.array(fc.record({ minute: fc.nat(200), kind: fc.constantFrom(...kinds), title: fc.nat(2) })),
        (list) => {
          const entries = list
            .toSorted((a, b) => a.minute - b.minute)
            .map(({ minute, kind, title }, index) => entry(`${index}`, minute, { kind, title: `${title}` }))
          const folded = foldEntries(entries)
          expect(folded.reduce((sum, { times }) => sum + (times ?? 1), 0)).toBe(entries.length)
          expect(folded.filter(({ kind }) => kind === 'note' || kind === 'operation')).toEqual(
            entries.filter(({ kind }) => kind === 'note' || kind === 'operation'),
          )
          const keys = entries.map(({ key }) => key)
          const places = folded.map(({ key }) => keys.indexOf(key))
          expect(places).toEqual(places.toSorted((a, b) => a - b))
        },
      ),
      { numRuns: 200 },
    )
  })
})

describe('pageTimeline', () => {
  const timeline = [
    entry('1', 0),
    entry('2', 1, { kind: 'note', title: 'Note', detail: 'Called ADA' }),
    entry('3', 2, { kind: 'drill', title: 'Drill passed' }),
  ]
  const all = { kinds: [], search: '', shown: 10 }

  it('shows the newest first, at most as many as asked, and counts what it leaves out', () => {
    const page = pageTimeline(timeline, new Set(['1']), { ...all, shown: 2 })
    expect(page.entries.map(({ key }) => key)).toEqual(['3', '2'])
    expect(page.pinned.map(({ key }) => key)).toEqual(['1'])
    expect(page).toMatchObject({ matching: 3, total: 3 })
  })

  it('looks in titles, details and names whatever case, within the chosen kinds', () => {
    const keys = (over: object) =>
      pageTimeline(timeline, new Set(), { ...all, ...over }).entries.map(({ key }) => key)
    expect(keys({ search: ' ada ' })).toEqual(['2'])
    expect(keys({ search: 'AGENT', kinds: ['guard', 'drill'] })).toEqual(['3', '1'])
    expect(keys({ search: 'agent', kinds: ['health'] })).toEqual([])
  })
})
