import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isCron, nextOccurrences, occurrencesBetween } from '#lib/jobs/occurrence.ts'

const minuteMs = 60_000
const hourMs = 3_600_000

/** Every minute's wall clock, one by one; nothing of it is shared with the code under test. */
function wallOf(timeZone: string): (at: number) => string {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' })
  return (at) => format.format(at)
}

const listed = (field: string, low: number, high: number): number[] =>
  field.split(',').flatMap((part) => {
    const [range, step = '1'] = part.split('/')
    const [from, to = from] = range === '*' ? [low, high] : range!.split('-').map(Number)
    return Array.from({ length: to! - from! + 1 }, (_, i) => from! + i).filter(
      (value) => (value - from!) % Number(step) === 0,
    )
  })

/** What must happen, told by walking every minute of the zone's clock. */
function walk(cron: string, timeZone: string, since: number, until: number): string[] {
  const [minutes, hours, days, months, weekdays] = cron.split(' ')
  const fields = [
    listed(minutes!, 0, 59),
    listed(hours!, 0, 23),
    listed(days!, 1, 31),
    listed(months!, 1, 12),
  ]
  const means = (wall: number): boolean => {
    const at = new Date(wall)
    const date = fields[2]!.includes(at.getUTCDate())
    const weekday = listed(weekdays!, 0, 6).includes(at.getUTCDay())
    return (
      fields[0]!.includes(at.getUTCMinutes()) &&
      fields[1]!.includes(at.getUTCHours()) &&
      fields[3]!.includes(at.getUTCMonth() + 1) &&
      (days !== '*' && weekdays !== '*' ? date || weekday : date && weekday)
    )
  }
  const wallAt = wallOf(timeZone)
  const toNumber = (text: string) => Date.parse(`${text.replace(' ', 'T')}:00Z`)
  const found = new Set<number>()
  let before = Number.NaN
  let shown = Number.NEGATIVE_INFINITY
  for (let at = since - 50 * hourMs; at <= until; at += minuteMs) {
    const wall = toNumber(wallAt(at))
    if (hours === '*') {
      if (means(wall)) found.add(at)
    } else {
      if (wall > shown && means(wall)) found.add(at)
      for (let skipped = Math.max(before, shown) + minuteMs; skipped < wall; skipped += minuteMs) {
        if (means(skipped)) found.add(at)
      }
    }
    before = wall
    shown = Math.max(shown, wall)
  }
  return [...found].filter((at) => at > since).map((at) => new Date(at).toISOString())
}

const texts = (dates: Date[]) => dates.map((date) => date.toISOString())
const between = (cron: string, zone: string, since: string, until: string) =>
  texts(occurrencesBetween(cron, zone, new Date(since), new Date(until)))

/** Changes of every kind: an hour, half an hour, two hours, at midnight, before it, over the date line, for good. */
const changes: [zone: string, at: string][] = [
  ['Europe/Berlin', '2026-03-29T01:00Z'],
  ['Europe/Berlin', '2026-10-25T01:00Z'],
  ['America/New_York', '2024-03-10T07:00Z'],
  ['America/New_York', '2024-11-03T06:00Z'],
  ['Australia/Lord_Howe', '2025-04-05T15:00Z'],
  ['Australia/Lord_Howe', '2025-10-04T15:30Z'],
  ['America/Sao_Paulo', '2018-11-04T03:00Z'],
  ['America/Sao_Paulo', '2019-02-17T02:00Z'],
  ['America/Havana', '2026-03-08T05:00Z'],
  ['Africa/Casablanca', '2026-02-15T02:00Z'],
  ['Asia/Beirut', '2026-03-28T22:00Z'],
  ['Africa/Cairo', '2026-04-23T22:00Z'],
  ['Antarctica/Troll', '2026-03-29T01:00Z'],
  ['Antarctica/Troll', '2026-10-25T01:00Z'],
  ['Asia/Pyongyang', '2018-05-04T15:00Z'],
  ['America/Caracas', '2016-05-01T07:00Z'],
  ['Pacific/Apia', '2011-12-30T10:00Z'],
  ['Pacific/Kwajalein', '1993-08-21T12:00Z'],
  ['UTC', '2024-02-29T00:00Z'],
  ['Asia/Kathmandu', '2024-02-29T00:00Z'],
]

const field = (low: number, high: number) =>
  fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: low, max: high }).map(String) },
    { weight: 1, arbitrary: fc.constant('*') },
    { weight: 1, arbitrary: fc.integer({ min: 2, max: 6 }).map((step) => `*/${step}`) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.integer({ min: low, max: high }), fc.integer({ min: low, max: high }))
        .map(([a, b]) => (a === b ? `${a}` : `${Math.min(a, b)},${Math.max(a, b)}`)),
    },
  )

describe('occurrencesBetween', () => {
  it.each(changes)('means in %s around %s what every minute of its clock says', (zone, text) => {
    const change = Date.parse(text)
    fc.assert(
      fc.property(
        field(0, 59),
        fc.oneof(field(0, 4), field(0, 23)),
        fc.constantFrom('*', '*', '*', '28-31', '*/2'),
        fc.constantFrom('*', '*', '*', '0', '1-5'),
        (minute, hour, day, weekday) => {
          const cron = `${minute} ${hour} ${day} * ${weekday}`
          const [since, until] = [change - 20 * hourMs, change + 26 * hourMs]
          expect(texts(occurrencesBetween(cron, zone, new Date(since), new Date(until)))).toEqual(
            walk(cron, zone, since, until),
          )
        },
      ),
      { numRuns: 12 },
    )
  })

  it('runs once, right after the gap, for a time that does not exist', () => {
    expect(between('15 2 * * *', 'Europe/Berlin', '2026-03-28T12:00Z', '2026-03-30T12:00Z')).toEqual([
      '2026-03-29T01:00:00.000Z',
      '2026-03-30T00:15:00.000Z',
    ])
  })

  it('runs once for a time that exists twice', () => {
    expect(between('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00Z', '2026-10-26T12:00Z')).toEqual([
      '2026-10-25T00:30:00.000Z',
      '2026-10-26T01:30:00.000Z',
    ])
  })

  it('goes on looking through the repeated hour when it looks every ten minutes', () => {
    expect(between('*/10 * * * *', 'Europe/Berlin', '2026-10-25T00:00Z', '2026-10-25T02:00Z')).toHaveLength(
      12,
    )
  })

  it('gives a calendar day that an island jumped over its run when the next one begins', () => {
    expect(between('0 3 * * *', 'Pacific/Apia', '2011-12-29T00:00Z', '2012-01-01T00:00Z')).toEqual([
      '2011-12-29T13:00:00.000Z',
      '2011-12-30T10:00:00.000Z',
      '2011-12-30T13:00:00.000Z',
      '2011-12-31T13:00:00.000Z',
    ])
  })

  it('finds the leap day, eight years away if it must', () => {
    const next = (from: string) => texts(nextOccurrences('0 3 29 2 *', 'UTC', new Date(from), 2))
    expect(next('2024-03-01T00:00Z')).toEqual(['2028-02-29T03:00:00.000Z', '2032-02-29T03:00:00.000Z'])
    expect(next('2096-03-01T00:00Z')[0]).toBe('2104-02-29T03:00:00.000Z')
  })
})

describe('isCron', () => {
  it.each(['* * * * *', '*/5 1-3 * * MON-FRI', '0 3 29 2 *', '0 0 1 JAN 7'])('reads %s', (text) => {
    expect(isCron(text)).toBe(true)
  })
  it.each(['61 * * * *', '0 0 31 2 *', '0 0 L * *', '0 0 * * 5#2', 'often', ''])(
    'does not read %j',
    (text) => {
      expect(isCron(text)).toBe(false)
    },
  )
})
