import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type KeptBecause,
  planRetention,
  type Retained,
  type RetentionRules,
} from '#lib/backups/retention/retention.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const now = new Date('2026-03-25T12:00:00Z')
const before = (ms: number) => new Date(now.getTime() - ms)

const rules: RetentionRules = {
  retention: {
    snapshotDays: 3,
    archiveDays: 30,
    archiveWeeks: 8,
    archiveMonths: 12,
    archiveYears: 2,
    minimumArchives: 3,
  },
  timeZone: 'Europe/Berlin',
  frozen: false,
  inUse: new Set(),
}

const archive = (id: string, ageMs: number, over: Partial<Retained> = {}): Retained => ({
  id,
  kind: 'archive',
  purpose: 'scheduled',
  status: 'good',
  verification: 'listed',
  takenAt: before(ageMs + 60_000),
  finishedAt: before(ageMs),
  held: false,
  ...over,
})

const going = (all: Retained[], over: Partial<RetentionRules> = {}, at = now): string[] =>
  planRetention(all, { ...rules, ...over }, at)
    .filter(({ expires }) => expires)
    .map(({ backupId }) => backupId)
const reasons = (all: Retained[], id: string, over: Partial<RetentionRules> = {}) =>
  planRetention(all, { ...rules, ...over }, now).find(({ backupId }) => backupId === id)?.keptBecause

const someBackup: fc.Arbitrary<Retained> = fc
  .record({
    id: fc.uuid(),
    kind: fc.constantFrom('archive' as const, 'archive' as const, 'snapshot' as const),
    purpose: fc.constantFrom('scheduled' as const, 'manual' as const, 'safety' as const),
    status: fc.constantFrom(
      'good',
      'good',
      'good',
      'suspicious',
      'failed',
      'running',
      'expiring',
    ) as fc.Arbitrary<Retained['status']>,
    verification: fc.constantFrom(null, 'checksum', 'listed', 'restored', 'facts-proven') as fc.Arbitrary<
      Retained['verification']
    >,
    ageMs: fc.integer({ min: 0, max: 1200 * 24 }).map((hours) => hours * hourMs),
    // The target's clock is another one, and may be set wrong.
    skewMs: fc.integer({ min: -400 * 24, max: 400 * 24 }).map((hours) => hours * hourMs),
    held: fc.constant(false),
  })
  .map(({ ageMs, skewMs, ...one }) => ({
    ...one,
    takenAt: before(ageMs + skewMs),
    finishedAt: before(ageMs),
  }))
const someBackups = fc.uniqueArray(someBackup, { maxLength: 60, selector: ({ id }) => id })
const someRules = fc.record({
  timeZone: fc.constantFrom(
    'Europe/Berlin',
    'America/New_York',
    'Australia/Lord_Howe',
    'Pacific/Apia',
    'UTC',
  ),
  frozen: fc.constant(false),
  inUse: fc.constant(new Set<string>()),
  retention: fc.record({
    snapshotDays: fc.integer({ min: 1, max: 10 }),
    archiveDays: fc.integer({ min: 1, max: 60 }),
    archiveWeeks: fc.integer({ min: 0, max: 12 }),
    archiveMonths: fc.integer({ min: 0, max: 24 }),
    archiveYears: fc.integer({ min: 0, max: 5 }),
    minimumArchives: fc.integer({ min: 1, max: 5 }),
  }),
})

const done = (one: Retained) => one.finishedAt!.getTime()
const isVerified = (one: Retained) =>
  one.status === 'good' && ['listed', 'restored', 'facts-proven'].includes(one.verification ?? '')

/** `2026-W13`, `2026-03` or `2026` on the zone's own calendar, by another way than the code goes. */
const dates = new Map<string, Intl.DateTimeFormat>()
function periodName(kind: 'week' | 'month' | 'year', at: number, timeZone: string): string {
  const date = dates.get(timeZone) ?? new Intl.DateTimeFormat('sv-SE', { timeZone })
  dates.set(timeZone, date)
  const [year, month, day] = date.format(at).split('-').map(Number)
  if (kind === 'year') return `${year}`
  if (kind === 'month') return `${year}-${month}`
  const monday = new Date(Date.UTC(year!, month! - 1, day!))
  while (monday.getUTCDay() !== 1) monday.setUTCDate(monday.getUTCDate() - 1)
  return monday.toISOString()
}

/** What the policy promises to keep at a moment, said one promise at a time. */
function promised(all: Retained[], { retention, timeZone }: RetentionRules, at: number): Set<string> {
  const archives = all
    .filter(({ kind, status }) => kind === 'archive' && ['good', 'suspicious', 'failed'].includes(status))
    .sort((a, b) => done(b) - done(a))
  const verified = archives.filter(isVerified)
  const kept = new Set<string>()
  const keep = (some: (Retained | undefined)[]) => {
    for (const one of some) if (one) kept.add(one.id)
  }
  keep([archives.find(({ status }) => status === 'good')])
  keep([verified.find(({ verification }) => verification === 'facts-proven')])
  keep(verified.slice(0, retention.minimumArchives))
  keep(archives.filter((one) => done(one) > at - retention.archiveDays * dayMs))
  const each = (kind: 'week' | 'month' | 'year', count: number, stepDays: number) => {
    const names = new Set<string>()
    if (count > 0)
      for (let i = 0; i <= count * stepDays; i++) names.add(periodName(kind, at - i * dayMs, timeZone))
    const few = [...names].slice(0, count + 1)
    for (const name of few) keep([verified.find((one) => periodName(kind, done(one), timeZone) === name)])
  }
  each('week', retention.archiveWeeks, 7)
  each('month', retention.archiveMonths, 31)
  each('year', retention.archiveYears, 366)
  const snapshots = all
    .filter(({ kind, status }) => kind === 'snapshot' && ['good', 'suspicious', 'failed'].includes(status))
    .sort((a, b) => done(b) - done(a))
  const whole = snapshots.filter(({ status, purpose }) => status === 'good' && purpose !== 'safety')
  keep([whole[0], whole.find(({ verification }) => verification === 'facts-proven')])
  keep(snapshots.filter((one) => done(one) > at - retention.snapshotDays * dayMs))
  return kept
}

describe('retention', () => {
  it('never lets go what the policy promises, also when the clock jumps by two hours or changes to summer time', () => {
    fc.assert(
      fc.property(
        someBackups,
        someRules,
        fc.integer({ min: -120, max: 120 }),
        fc.constantFrom('2026-03-30T00:30Z', '2026-03-29T01:00Z', '2026-10-25T00:30Z', '2026-01-01T01:00Z'),
        (all, someRule, jumpMinutes, moment) => {
          const at = Date.parse(moment)
          const kept = promised(all, someRule, at)
          const gone = going(all, someRule, new Date(at + jumpMinutes * 60_000))
          const statusOf = (id: string) => all.find((one) => one.id === id)!.status
          expect(gone.filter((id) => statusOf(id) !== 'expiring' && kept.has(id))).toEqual([])
        },
      ),
      { numRuns: 250 },
    )
  })

  it('lets go no less the later it is, and nothing more when it has just worked', () => {
    fc.assert(
      fc.property(someBackups, someRules, fc.integer({ min: 0, max: 20_000 }), (all, someRule, hours) => {
        const gone = new Set(going(all, someRule))
        const later = new Set(going(all, someRule, new Date(now.getTime() + hours * hourMs)))
        expect([...gone].filter((id) => !later.has(id))).toEqual([])
        const left = all.filter(({ id }) => !gone.has(id))
        expect(going(left, someRule)).toEqual([])
      }),
      { numRuns: 150 },
    )
  })

  it('lets nothing go that is held, in use, unfinished, or of a frozen target', () => {
    fc.assert(
      fc.property(someBackups, fc.array(fc.nat({ max: 59 })), (all, picks) => {
        const picked = new Set(picks.flatMap((index) => (all[index] ? [all[index].id] : [])))
        const free = going(all)
        expect(going(all, { inUse: picked })).toEqual(free.filter((id) => !picked.has(id)))
        const held = all.map((one) => ({ ...one, held: picked.has(one.id) }))
        expect(going(held).filter((id) => picked.has(id))).toEqual([])
        expect(going(all, { frozen: true })).toEqual([])
        const statuses = free.map((id) => all.find((one) => one.id === id)!.status)
        expect(statuses.filter((status) => status === 'running' || status === 'queued')).toEqual([])
      }),
    )
  })

  it('keeps of three years of nightly archives the days, weeks, months and years, and says why each stays', () => {
    const nights = Array.from({ length: 1100 }, (_, i) => archive(`n${i}`, i * dayMs))
    const kept = planRetention(nights, rules, now).filter(({ expires }) => !expires)
    const count = (reason: KeptBecause) =>
      kept.filter(({ keptBecause }) => keptBecause.includes(reason)).length
    const counts = (['days', 'weekly', 'monthly', 'yearly'] as const).map(count)
    expect(counts).toEqual([31, 9, 13, 3])
    // Five of the weeks and two of the months lie within the days, one of the years is a month’s too.
    expect(kept).toHaveLength(31 + 4 + 11 + 1)
    expect(kept[0]!.keptBecause).toEqual(['newest', 'minimum', 'days', 'weekly', 'monthly', 'yearly'])
  })

  it('ends weeks and months where the target’s calendar does', () => {
    // Monday 30 March, half past midnight UTC: still Sunday in New York.
    const all = [
      archive('newest', 0, { finishedAt: new Date('2026-03-30T00:10Z') }),
      archive('sunday', 0, { finishedAt: new Date('2026-03-30T00:05Z') }),
    ]
    const short = { retention: { ...rules.retention, archiveDays: 1, archiveMonths: 0, archiveYears: 0 } }
    const weekly = (timeZone: string) =>
      all.map(({ id }) => reasons(all, id, { ...short, timeZone })!.includes('weekly'))
    expect(weekly('UTC')).toEqual([true, false])
    const earlier = [all[0]!, { ...all[1]!, finishedAt: new Date('2026-03-29T23:50Z') }]
    const ofEarlier = (timeZone: string) =>
      earlier.map(({ id }) => reasons(earlier, id, { ...short, timeZone })!.includes('weekly'))
    expect(ofEarlier('UTC')).toEqual([true, true])
    expect(ofEarlier('America/New_York')).toEqual([true, false])
  })

  it('grows nothing old while no verified backup succeeds, whatever the clock says', () => {
    const nights = Array.from({ length: 20 }, (_, i) => archive(`n${i}`, i * dayMs))
    const years = new Date('2036-01-01T00:00Z')
    expect(going(nights, {}, years)).toEqual([])
    expect(
      going([archive('unverified', -400 * dayMs, { verification: 'checksum' }), ...nights], {}, years),
    ).toEqual([])
  })

  it('keeps what is young in true time when a backup is done while the clock is two hours ahead', () => {
    const retention = { ...rules.retention, archiveWeeks: 0, archiveMonths: 0, archiveYears: 0 }
    const ahead = new Date(now.getTime() + 2 * hourMs)
    const plenty = [1, 2, 3, 4].map((i) => archive(`n${i}`, i * hourMs))
    const all = [archive('ahead', -2 * hourMs), ...plenty, archive('young', 30 * dayMs - hourMs)]
    expect(going(all, { retention }, ahead)).toEqual([])
    expect(going([...all, archive('old', 31 * dayMs)], { retention }, ahead)).toEqual(['old'])
  })

  it('goes by when a backup was done, not by what the target’s clock said, nor by server version or name', () => {
    const wrongClock = archive('new', 0, { takenAt: new Date('1999-01-01T00:00Z') })
    const future = archive('old', 500 * dayMs, { takenAt: new Date('2040-01-01T00:00Z') })
    const plenty = [1, 2, 3, 4].map((i) => archive(`n${i}`, i * hourMs))
    const retention = { ...rules.retention, archiveMonths: 0, archiveYears: 0 }
    expect(going([wrongClock, future, ...plenty], { retention })).toEqual(['old'])
  })

  it('lets safety snapshots go by their age without standing for whole ones', () => {
    const safety = (id: string, ageMs: number) =>
      archive(id, ageMs, { kind: 'snapshot', purpose: 'safety', verification: 'checksum' })
    const whole = (id: string, ageMs: number) =>
      archive(id, ageMs, { kind: 'snapshot', verification: 'checksum' })
    expect(going([safety('s', 5 * dayMs), safety('new', 0), whole('w', 9 * dayMs)])).toEqual(['s'])
    expect(going([whole('w0', 0), whole('w', 9 * dayMs)])).toEqual(['w'])
  })

  it('goes on with a deletion that has begun, unless it is frozen or in use', () => {
    const all = [archive('a', 0), archive('b', dayMs, { status: 'expiring' })]
    expect(going(all)).toEqual(['b'])
    expect(going(all, { frozen: true })).toEqual([])
    expect(going(all, { inUse: new Set(['b']) })).toEqual([])
  })
})
