import { describe, expect, it } from 'vitest'
import { judgeDisaster } from './disaster-problems.ts'
import type { AlertFacts } from './types.ts'

const now = new Date('2026-03-10T12:00:00Z')
const hoursAgo = (hours: number): Date => new Date(now.getTime() - hours * 3_600_000)
const judge = (facts: Partial<AlertFacts>): string[] =>
  judgeDisaster({
    now,
    targetName: 'shop',
    targetAddedAt: hoursAgo(24 * 100),
    ...facts,
  } as AlertFacts).problems.map(({ fingerprint, severity }) => `${fingerprint} ${severity}`)

describe('alerts about others’ archives', () => {
  const theirs = { store: 'theirs', prefix: '', maximumAgeHours: 26, newestAt: hoursAgo(20), troubles: [] }

  it('say nothing while the newest is young and whole', () => {
    expect(judge({ foreign: [theirs] })).toEqual([])
  })

  it('say that the newest is too old, worse with time, and that there never was one', () => {
    expect(judge({ foreign: [{ ...theirs, newestAt: hoursAgo(27) }] })).toEqual([
      'foreign:overdue:theirs: WARNING',
    ])
    expect(judge({ foreign: [{ ...theirs, newestAt: hoursAgo(53) }] })).toEqual([
      'foreign:overdue:theirs: CRITICAL',
    ])
    expect(judge({ foreign: [{ ...theirs, newestAt: null }] })).toEqual(['foreign:overdue:theirs: CRITICAL'])
  })

  it('say which are damaged, and that the newest shrank', () => {
    const trouble = { name: 'x.dump', message: 'cut', at: hoursAgo(1) }
    expect(judge({ foreign: [{ ...theirs, troubles: [{ ...trouble, isDamaged: true }] }] })).toEqual([
      'foreign:damaged:theirs: WARNING',
    ])
    expect(judge({ foreign: [{ ...theirs, troubles: [{ ...trouble, isDamaged: false }] }] })).toEqual([
      'foreign:suspicious:theirs: CRITICAL',
    ])
  })
})

describe('alerts about drills of others’ archives', () => {
  const theirs = {
    store: 'theirs',
    prefix: '',
    maximumAgeHours: 26,
    newestAt: hoursAgo(20),
    troubles: [],
    proofHours: 48,
  }

  it('say that none was restored for as long as the policy wants a proof', () => {
    const seen = { ...theirs, firstSeenAt: hoursAgo(49) }
    expect(judge({ foreign: [{ ...seen, lastPassedDrillAt: hoursAgo(47) }] })).toEqual([])
    expect(judge({ foreign: [{ ...seen, lastPassedDrillAt: hoursAgo(49) }] })).toEqual([
      'foreign:stale:theirs: WARNING',
    ])
    expect(judge({ foreign: [{ ...seen, lastPassedDrillAt: null }] })).toEqual([
      'foreign:stale:theirs: WARNING',
    ])
    expect(judge({ foreign: [{ ...theirs, firstSeenAt: null, lastPassedDrillAt: null }] })).toEqual([])
  })
})

describe('alerts about the recovery kit', () => {
  it('say nothing after a good test within 35 days, and nothing of other databases', () => {
    expect(judge({ kit: { testedAt: hoursAgo(24 * 34), problem: null } })).toEqual([])
    expect(judge({ kit: null })).toEqual([])
  })

  it('say that it failed, that its test is old, and that there never was one', () => {
    expect(judge({ kit: { testedAt: hoursAgo(1), problem: 'other key' } })).toEqual(['kit:failed CRITICAL'])
    expect(judge({ kit: { testedAt: hoursAgo(24 * 36), problem: null } })).toEqual(['kit:stale WARNING'])
    expect(judge({ kit: { testedAt: null, problem: null } })).toEqual(['kit:stale WARNING'])
  })
})
