import { describe, expect, it } from 'vitest'
import { hoursAgo, now, quiet } from '#lib/testing/quiet-facts.ts'
import type { ScheduleFact } from './archive-types.ts'
import { judgeFacts } from './problems.ts'
import type { AlertFacts } from './types.ts'

const problems = (facts: Partial<AlertFacts>) => judgeFacts({ ...quiet, ...facts }).problems
const told = (facts: Partial<AlertFacts>) => problems(facts).map(({ fingerprint }) => fingerprint)

const run = (dueHoursAgo: number, over: Partial<ScheduleFact> = {}): ScheduleFact => ({
  schedule: 'archive',
  dueAt: hoursAgo(dueHoursAgo),
  status: 'filed',
  answeredAt: hoursAgo(dueHoursAgo - 0.001),
  refusedBecause: null,
  jobStatus: 'succeeded',
  ...over,
})
const waiting = (dueHoursAgo: number, over: Partial<ScheduleFact> = {}) =>
  run(dueHoursAgo, { status: 'expected', answeredAt: null, jobStatus: null, ...over })

describe('alerts about schedules', () => {
  it('tell that a run never ran when nobody answered it, and not while it is only just due', () => {
    expect(told({ schedulesDue: [waiting(0.05), run(24)] })).toEqual([])
    expect(told({ schedulesDue: [waiting(0.2), run(24)] })).toEqual(['schedule:missed:archive'])
    expect(problems({ schedulesDue: [waiting(0.2), run(24)] })[0]).toMatchObject({ severity: 'CRITICAL' })
    expect(told({ schedulesDue: [waiting(1, { schedule: 'drill' })] })).toEqual(['schedule:missed:drill'])
  })

  it('tell of slots that passed while every worker was dead, until one is in time or was caught up with', () => {
    const skipped = (hours: number) =>
      run(hours, { status: 'skipped', jobStatus: null, answeredAt: hoursAgo(1) })
    const late = (jobStatus: ScheduleFact['jobStatus']) => run(6, { answeredAt: hoursAgo(1), jobStatus })
    expect(told({ schedulesDue: [late('running'), skipped(12), skipped(18), run(24)] })).toEqual([
      'schedule:missed:archive',
    ])
    expect(
      problems({ schedulesDue: [late('running'), skipped(12), skipped(18), run(24)] })[0]!.details,
    ).toMatch(/^3 scheduled runs/)
    expect(told({ schedulesDue: [late('failed'), skipped(12)] })).toEqual(['schedule:missed:archive'])
    expect(told({ schedulesDue: [late('succeeded'), skipped(12), skipped(18), run(24)] })).toEqual([])
    expect(told({ schedulesDue: [run(0.1, { jobStatus: 'running' }), late('failed'), skipped(12)] })).toEqual(
      [],
    )
  })

  it('tell that scheduled work was refused, and that it waits without beginning', () => {
    const refused = run(1, { status: 'refused', jobStatus: null, refusedBecause: 'There is no archive.' })
    expect(told({ schedulesDue: [refused, run(25)] })).toEqual(['schedule:refused:archive'])
    expect(told({ schedulesDue: [run(25), { ...refused, dueAt: hoursAgo(49) }] })).toEqual([])
    expect(told({ schedulesDue: [run(0.5, { jobStatus: 'queued' })] })).toEqual([])
    expect(told({ schedulesDue: [run(2, { jobStatus: 'queued' })] })).toEqual(['schedule:waiting:archive'])
  })
})

describe('alerts about what keeps archives', () => {
  const archive = { id: 'a', finishedAt: hoursAgo(10), pgDumpVersion: '15.18', lacking: [] as string[] }

  it('tell that a store cannot be reached, critically after an hour', () => {
    const store = (hours: number, status: 'reachable' | 'unreachable') => [
      { name: 'offsite', status, since: hoursAgo(hours), message: 'No answer.' },
    ]
    expect(told({ stores: store(9, 'reachable') })).toEqual([])
    expect(problems({ stores: store(0.1, 'unreachable') })[0]).toMatchObject({
      fingerprint: 'store:unreachable:offsite',
      severity: 'WARNING',
    })
    expect(problems({ stores: store(2, 'unreachable') })[0]!.severity).toBe('CRITICAL')
  })

  it('tell of damaged and missing copies, and of fewer good ones than the policy wants after a while', () => {
    const bad = { backupId: 'b', store: 'offsite', status: 'missing', seenAt: hoursAgo(1) }
    expect(problems({ badCopies: [bad, { ...bad, status: 'damaged' }] })).toMatchObject([
      {
        fingerprint: 'copy:bad:offsite',
        severity: 'CRITICAL',
        details: expect.stringContaining('1 copy gone, 1 damaged'),
      },
    ])
    expect(told({ newestArchive: { ...archive, lacking: ['offsite'] } })).toEqual(['copy:fewer'])
    expect(told({ newestArchive: { ...archive, lacking: ['offsite'], finishedAt: hoursAgo(1) } })).toEqual([])
    expect(told({ newestArchive: archive })).toEqual([])
  })

  it('tell that retention is frozen with what helps, and of deletions that do not succeed for a day', () => {
    const freeze = { reason: 'The last drill failed.', frozenAt: hoursAgo(3) }
    expect(problems({ freezes: [freeze] })[0]).toMatchObject({
      fingerprint: 'retention:frozen',
      remedy: expect.stringContaining('holdfast backups unfreeze shop'),
    })
    const pending = { id: 'b', since: hoursAgo(30), message: 'Access denied.' }
    expect(told({ pendingDeletions: [pending] })).toEqual(['retention:pending'])
    expect(told({ pendingDeletions: [{ ...pending, since: hoursAgo(3) }] })).toEqual([])
    expect(told({ pendingDeletions: [pending], freezes: [freeze] })).toEqual(['retention:frozen'])
  })

  it('tell that the newest archive was made by a pg_dump with known weaknesses', () => {
    expect(told({ newestArchive: { ...archive, pgDumpVersion: '15.2' } })).toEqual(['tools:vulnerable'])
  })

  it('are red when nothing was proven for its time, however green the backups are', () => {
    const green = {
      lastGoodBackupAt: now,
      lastGoodArchiveAt: now,
      schedulesDue: [run(1)],
      newestArchive: archive,
    }
    expect(told(green)).toEqual([])
    expect(problems({ ...green, lastPassedDrillAt: hoursAgo(49) })).toMatchObject([
      { fingerprint: 'drill:stale', severity: 'CRITICAL' },
    ])
  })

  it('count the age of the last good backup on, whatever failed since', () => {
    const failed = {
      id: 'f',
      kind: 'archive' as const,
      status: 'failed' as const,
      finishedAt: now,
      message: 'password authentication failed',
    }
    expect(
      told({ backups: [failed], lastGoodBackupAt: hoursAgo(30), lastGoodArchiveAt: hoursAgo(30) }),
    ).toEqual(['backup:overdue', 'backup:overdue:archive', 'backup:failed:archive'])
  })
})
