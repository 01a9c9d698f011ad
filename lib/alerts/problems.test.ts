import { describe, expect, it } from 'vitest'
import { hoursAgo, now, quiet } from '#lib/testing/quiet-facts.ts'
import { judgeFacts } from './problems.ts'
import { scheduleGapMinutes } from './schedule-gap.ts'
import type { AlertFacts, ProbeFact } from './types.ts'

const probe = (over: Partial<ProbeFact>): ProbeFact => ({
  probe: 'sign-in',
  verdict: 'critical',
  previousVerdict: 'critical',
  medianMs: 185,
  changePercent: 311,
  measuredAt: now,
  ...over,
})
const told = (facts: Partial<AlertFacts>) =>
  judgeFacts({ ...quiet, ...facts }).problems.map((problem) => problem.fingerprint)

describe('judgeFacts', () => {
  it('says nothing while nothing is wrong', () => {
    expect(told({})).toEqual([])
  })

  it('tells that guards were not looked at for a while, and which new tables nobody covers', () => {
    const guard = { table: 'public.a', state: 'installed' as const, problems: [], brokenAt: null }
    const verified = (hours: number) => ({ guards: [{ ...guard, verifiedAt: hoursAgo(hours) }] })
    expect(told(verified(0.1))).toEqual([])
    expect(told(verified(0.3))).toEqual(['no-data:guards'])
    expect(told({ ...verified(0.3), unreachableSince: hoursAgo(0.2) })).not.toContain('no-data:guards')
    expect(told({ uncovered: { tables: ['public.b'], surveyedAt: now } })).toEqual(['guard:uncovered'])
  })

  it('calls a refused change of the schema by its name', () => {
    const blocked = {
      table: 'public.a',
      attempts: 1,
      largestRows: null,
      firstAt: now,
      lastAt: now,
      roles: ['agent'],
      applications: [],
      acts: [],
      exceeded: ['drop'],
    }
    const titles = (exceeded: string[]) =>
      judgeFacts({ ...quiet, blocked: [{ ...blocked, exceeded }] }).problems.map((problem) => problem.title)
    expect(titles(['drop', 'agent'])).toEqual(['Destructive change refused on public.a'])
    expect(titles(['statement', 'drop'])).toEqual(['Mass delete refused on public.a'])
  })

  it('calls a refused mass update an update, and a mix a delete', () => {
    const blocked = {
      table: 'public.a',
      attempts: 2,
      largestRows: 349,
      firstAt: now,
      lastAt: now,
      roles: ['app'],
      applications: [],
      exceeded: ['statement'],
    }
    const tell = (acts: ('delete' | 'update')[]) =>
      judgeFacts({ ...quiet, blocked: [{ ...blocked, acts }] }).problems.map(
        ({ title, details }) => `${title}. ${details}`,
      )
    expect(tell(['update'])).toEqual([
      'Mass update refused on public.a. The guard refused 2 attempts to overwrite rows of public.a, the largest of 349 rows, by app.',
    ])
    expect(tell(['update', 'delete'])[0]).toMatch(/^Mass delete refused .* to delete from public\.a/)
    expect(tell([])[0]).toMatch(/^Mass delete refused/)
  })

  it('tells a probe that regressed twice and can be felt, not one slow measurement nor some microseconds', () => {
    expect(told({ probes: [probe({})] })).toEqual(['performance:sign-in'])
    expect(told({ probes: [probe({ previousVerdict: 'normal' })] })).toEqual([])
    expect(told({ probes: [probe({ medianMs: 9, changePercent: 120 })] })).toEqual([])
    expect(told({ probes: [probe({ medianMs: 9, changePercent: 800 })] })).toEqual(['performance:sign-in'])
  })

  it('waits for the objective and a little grace before a backup is overdue, and counts each further miss', () => {
    expect(told({ lastGoodBackupAt: hoursAgo(6.5) })).toEqual([])
    expect(told({ lastGoodBackupAt: hoursAgo(6.7) })).toEqual(['backup:overdue'])
    const seenAt = (hours: number) =>
      judgeFacts({ ...quiet, lastGoodBackupAt: hoursAgo(hours) }).problems[0]!.seenAt.getTime() -
      hoursAgo(hours).getTime()
    expect(seenAt(7)).toBe(6.6 * 3_600_000)
    expect(seenAt(14)).toBe(2 * 6.6 * 3_600_000)
  })

  it('judges archives by their own schedule', () => {
    expect(told({ lastGoodArchiveAt: hoursAgo(25) })).toEqual([])
    expect(told({ lastGoodArchiveAt: hoursAgo(27) })).toEqual(['backup:overdue:archive'])
    expect(told({ lastGoodArchiveAt: null, lastGoodBackupAt: hoursAgo(1) })).toEqual([
      'backup:overdue:archive',
    ])
  })

  it('takes silence of the checks for no data, in the measure of their schedule', () => {
    const silent = [{ ...quiet.checks[0]!, checkedAt: hoursAgo(2) }]
    expect(told({ checks: silent })).toEqual(['no-data:health'])
    expect(told({ checks: silent, schedules: { health: '0 * * * *', archive: '15 2 * * *' } })).toEqual([])
  })
})

describe('scheduleGapMinutes', () => {
  it.each([
    ['* * * * *', 1],
    ['*/10 * * * *', 10],
    ['5 * * * *', 60],
    ['0 */6 * * *', 360],
    ['15 2 * * *', 1_440],
    ['0 3 * * 1', 10_080],
    ['0 3 1 * *', 44_640],
  ])('reads %s as every %s minutes at most', (cron, minutes) => {
    expect(scheduleGapMinutes(cron)).toBe(minutes)
  })
})
