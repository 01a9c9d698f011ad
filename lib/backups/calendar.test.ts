import { describe, expect, it } from 'vitest'
import { coverDays, lastDays, type TakenOnDay } from '#lib/backups/calendar.ts'

const archive = (day: string, more: Partial<TakenOnDay> = {}): TakenOnDay => ({
  day,
  kind: 'archive',
  status: 'good',
  verification: 'listed',
  bad: false,
  count: 1,
  ...more,
})
const snapshot = (day: string, more: Partial<TakenOnDay> = {}) => archive(day, { kind: 'snapshot', ...more })

const days = lastDays(new Date('2024-03-01T12:00:00Z'), 5, 'UTC')
const cover = (
  taken: TakenOnDay[],
  missed: { day: string; count: number }[] = [],
  protectedSince = '2024-01-01',
) => coverDays(days, taken, missed, { protectedSince })

describe('the backup calendar', () => {
  it('calls a day by the best that it has: proven, good, only within the database, suspicious, failed, missed, nothing', () => {
    const [a, b, c, d, e] = days as [string, string, string, string, string]
    expect(
      cover(
        [
          archive(a, { verification: 'facts-proven' }),
          archive(a),
          archive(b),
          snapshot(c, { count: 4 }),
          archive(d, { status: 'suspicious', bad: true }),
          snapshot(d),
        ],
        [{ day: e, count: 1 }],
      ),
    ).toEqual([
      { day: a, state: 'proven', trouble: false, label: '2 archives (1 proven)' },
      { day: b, state: 'good', trouble: false, label: '1 archive' },
      { day: c, state: 'partial', trouble: false, label: '4 snapshots' },
      { day: d, state: 'suspicious', trouble: false, label: '1 snapshot, 1 suspicious' },
      { day: e, state: 'missed', trouble: false, label: '1 missed' },
    ])
    expect(cover([archive(a, { status: 'failed', bad: true })], [{ day: a, count: 2 }])[0]).toEqual({
      day: a,
      state: 'failed',
      trouble: false,
      label: '1 failed, 2 missed',
    })
  })

  it('marks a covered day on which something else failed or was never run', () => {
    const day = days[0]!
    expect(cover([archive(day), archive(day, { status: 'failed', bad: true })])[0]).toMatchObject({
      state: 'good',
      trouble: true,
    })
    expect(cover([snapshot(day)], [{ day, count: 1 }])[0]).toMatchObject({ state: 'partial', trouble: true })
  })

  it('keeps the colour of what has expired since: a good one was good on its day, a failed one was not', () => {
    const [a, b] = days as [string, string]
    const covered = cover([
      archive(a, { status: 'expired', verification: 'facts-proven' }),
      archive(b, { status: 'expired', bad: true }),
    ])
    expect(covered.slice(0, 2).map(({ state }) => state)).toEqual(['proven', 'failed'])
  })

  it('never calls a day covered by what is still under way', () => {
    expect(cover([archive(days[0]!, { status: 'running' })])[0]).toMatchObject({ state: 'none' })
  })

  it('leaves days from before the protection alone', () => {
    expect(cover([], [], days[2]!).map(({ state }) => state)).toEqual([
      'before',
      'before',
      'none',
      'none',
      'none',
    ])
  })

  it('ends today, in the zone of the target', () => {
    const lateInUtc = new Date('2024-03-01T22:30:00Z')
    expect(lastDays(lateInUtc, 2, 'UTC')).toEqual(['2024-02-29', '2024-03-01'])
    expect(lastDays(lateInUtc, 2, 'Asia/Tokyo')).toEqual(['2024-03-01', '2024-03-02'])
  })
})
