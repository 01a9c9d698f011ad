import { beforeAll, describe, expect, test } from 'vitest'
import { maintenanceWindows, rotationOverrides, rotations } from '#drizzle/schema/on-call.ts'
import { listCalendar } from '#lib/status/list-calendar.ts'
import { type CalendarEntry, writeCalendar } from '#lib/status/write-calendar.ts'
import { createTestPerson, createTestStore, type TestStore } from '#lib/testing/test-db.ts'

// Clocks in Berlin go forward on 29 March 2026.
const now = new Date('2026-03-20T12:00:00Z')
const dayMs = 86_400_000

describe('the calendar', () => {
  let store: TestStore
  let [ada, bob] = ['', '']

  beforeAll(async () => {
    store = await createTestStore()
    const people = [
      await createTestPerson(store, 'admin', 'ada@example.com'),
      await createTestPerson(store, 'commander', 'bob@example.com'),
    ]
    ;[ada, bob] = people.map(({ actor }) => (actor.kind === 'user' ? actor.userId : '')) as [string, string]
    const [rotation] = await store.db
      .insert(rotations)
      .values({
        name: 'Databases',
        timeZone: 'Europe/Berlin',
        startsAt: new Date('2026-03-16T08:00:00Z'),
        shiftDays: 7,
        members: [ada, bob],
        createdBy: 'test',
      })
      .returning()
    await store.db.insert(rotationOverrides).values({
      rotationId: rotation!.id,
      userId: bob,
      startsAt: new Date('2026-03-21T08:00:00Z'),
      endsAt: new Date('2026-03-21T20:00:00Z'),
      createdBy: 'test',
    })
    const window = { timeZone: 'Europe/Berlin', createdBy: 'test', createdAt: now }
    await store.db.insert(maintenanceWindows).values([
      {
        ...window,
        title: 'Upgrade',
        startsAt: new Date('2026-03-22T01:00:00Z'),
        endsAt: new Date('2026-03-22T02:00:00Z'),
        repeats: '0 2 * * 0',
      },
      {
        ...window,
        title: 'Called off',
        startsAt: new Date('2026-03-25T01:00:00Z'),
        endsAt: new Date('2026-03-25T02:00:00Z'),
        cancelledAt: now,
        cancelledBy: 'test',
      },
    ])
  })

  const entries = (userId: string | null = null, at = now) => listCalendar(store.db, { userId, now: at })
  const starts = (found: CalendarEntry[], word: string) =>
    found.filter(({ title }) => title.includes(word)).map(({ startsAt }) => startsAt.toISOString())

  test('hands over and begins maintenance at the same local time before and after the clocks change', async () => {
    const found = await entries()
    expect(starts(found, 'On call')).toContain('2026-03-23T08:00:00.000Z')
    expect(starts(found, 'On call')).toContain('2026-03-30T07:00:00.000Z')
    expect(starts(found, 'Upgrade').slice(0, 3)).toEqual([
      '2026-03-22T01:00:00.000Z',
      '2026-03-29T01:00:00.000Z',
      '2026-04-05T00:00:00.000Z',
    ])
    expect(Math.max(...found.map(({ startsAt }) => startsAt.getTime()))).toBeLessThan(
      now.getTime() + 90 * dayMs,
    )
  })

  test('of one person has their shifts, standing in among them, and no other’s', async () => {
    const found = (await entries(bob)).filter(({ title }) => title.startsWith('On call'))
    expect(found.every(({ title }) => title.includes('bob@example.com'))).toBe(true)
    expect(starts(found, 'On call').slice(0, 2)).toEqual([
      '2026-03-21T08:00:00.000Z',
      '2026-03-23T08:00:00.000Z',
    ])
  })

  test('keeps the names of its entries from one reading to the next', async () => {
    const later = new Date(now.getTime() + 3_600_000)
    const keys = (found: CalendarEntry[]) => found.map(({ key }) => key)
    const [before, after] = [keys(await entries()), new Set(keys(await entries(null, later)))]
    expect(new Set(before).size).toBe(before.length)
    // The last shift is cut to the 90 days, which move on.
    expect(before.filter((key) => !after.has(key)).length).toBeLessThanOrEqual(1)
  })

  test('is iCalendar with instants in UTC, and says what was cancelled', async () => {
    const text = writeCalendar('On call', await entries(), now).replaceAll('\r\n ', '')
    const events = text.split('BEGIN:VEVENT').slice(1)
    expect(text).toMatch(/^BEGIN:VCALENDAR\r\nVERSION:2\.0\r\n/)
    expect(events.length).toBeGreaterThan(10)
    for (const event of events) {
      expect(event).toMatch(/DTSTART:\d{8}T\d{6}Z\r\n/)
      expect(event).toMatch(/DTEND:\d{8}T\d{6}Z\r\n/)
      expect(event).toMatch(/UID:[\w-]+[^\r]*@holdfast\r\n/)
    }
    const cancelled = events.filter((event) => event.includes('STATUS:CANCELLED'))
    expect(cancelled).toHaveLength(1)
    expect(cancelled[0]).toContain('Called off')
  })
})
