import { describe, expect, it } from 'vitest'
import { foreseeExpiry } from '#lib/backups/retention/expiry-outlook.ts'
import type { Retained, RetentionRules } from '#lib/backups/retention/retention.ts'

const now = new Date('2026-03-31T12:00:00Z')
const dayMs = 86_400_000
const archive = (id: string, daysAgo: number, more: Partial<Retained> = {}): Retained => {
  const at = new Date(now.getTime() - daysAgo * dayMs)
  return {
    id,
    kind: 'archive',
    purpose: 'scheduled',
    status: 'good',
    verification: 'listed',
    takenAt: at,
    finishedAt: at,
    held: false,
    ...more,
  }
}
const rules: RetentionRules = {
  retention: {
    snapshotDays: 3,
    archiveDays: 10,
    archiveWeeks: 0,
    archiveMonths: 0,
    archiveYears: 0,
    minimumArchives: 1,
  },
  timeZone: 'UTC',
  frozen: false,
  inUse: new Set(),
}
const seen = (backups: Retained[], over: Partial<RetentionRules> = {}) =>
  foreseeExpiry(backups, { ...rules, ...over }, now).map(({ backupId, byAt }) => [
    backupId,
    byAt === null ? null : Math.round((byAt.getTime() - now.getTime()) / dayMs),
  ])

describe('what the retention lets go next', () => {
  it('is told by the day on which it grows too old, the next first', () => {
    const daily = [0, 1, 6, 8, 12].map((days) => archive(`a${days}`, days))
    expect(seen(daily)).toEqual([
      ['a12', null],
      ['a8', 3],
      ['a6', 5],
      ['a1', 10],
      ['a0', 11],
    ])
  })

  it('never holds what a person holds, and says while it is frozen what waits', () => {
    const backups = [archive('new', 0), archive('old', 20), archive('held', 20, { held: true })]
    expect(seen(backups)).not.toContainEqual(['held', expect.anything()])
    expect(seen(backups, { frozen: true })[0]).toEqual(['old', null])
  })

  it('is nothing where nothing is kept', () => {
    expect(seen([])).toEqual([])
  })
})
