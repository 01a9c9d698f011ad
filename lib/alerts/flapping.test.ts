import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { calmMs, turnsWindowMs } from '#lib/alerts/flapping.ts'
import { type OpenAlert, planAlertChanges, type ResolvedAlert } from '#lib/alerts/transitions.ts'
import { type Problem, type Severity, severities } from '#lib/alerts/types.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs

/** One moment of looking: whether the problem is there, and how bad; or nothing is known. */
interface Look {
  afterMinutes: number
  severity: Severity | 'none' | 'unknown'
}

/** What was told, and what is open at the end, after a problem came and went like this. */
function live(looks: readonly Look[]) {
  let now = Date.UTC(2026, 0, 1)
  let alert: (OpenAlert & { resolvedAt: Date | null }) | null = null
  let over: ResolvedAlert[] = []
  const told: { at: number; why: string }[] = []
  for (const { afterMinutes, severity } of looks) {
    now += afterMinutes * minuteMs
    const at = new Date(now)
    const problem: Problem = {
      fingerprint: 'health:a',
      title: 'a',
      details: '',
      remedy: null,
      severity: severity as Severity,
      seenAt: at,
    }
    const isThere = severity !== 'none' && severity !== 'unknown'
    const judgement = {
      problems: isThere ? [problem] : [],
      unknown: severity === 'unknown' ? ['health:*'] : [],
    }
    for (const change of planAlertChanges(alert ? [alert] : [], over, judgement, at)) {
      if (change.kind === 'raise' || change.kind === 'reopen') {
        alert = {
          ...change.turning,
          id: '1',
          fingerprint: 'health:a',
          status: 'firing',
          severity: change.problem.severity,
          lastSeenAt: change.problem.seenAt,
          silencedUntil: null,
          resolvedAt: null,
        }
        told.push({ at: now, why: change.kind })
      } else if (change.kind === 'see') {
        Object.assign(alert!, change.turning ?? {}, {
          severity: change.problem.severity,
          lastSeenAt: change.problem.seenAt,
        })
        if (change.worsened || change.flaps) told.push({ at: now, why: 'worsened' })
      } else if (change.kind === 'absent' || change.kind === 'calm') {
        Object.assign(alert!, change.turning)
        if (change.kind === 'calm' || change.flaps) told.push({ at: now, why: change.kind })
      } else if (change.kind === 'resolve') {
        over = [{ ...alert!, ...change.turning, resolvedAt: at }]
        alert = null
        told.push({ at: now, why: 'resolve' })
      }
    }
  }
  return { told, alert: alert as OpenAlert | null, now }
}

const look = (afterMinutes: number, severity: Look['severity']): Look => ({ afterMinutes, severity })
const someLook = fc.record({
  afterMinutes: fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 1, max: 6 }) },
    { weight: 1, arbitrary: fc.integer({ min: 7, max: 90 }) },
  ),
  severity: fc.constantFrom<Look['severity'][]>('none', 'none', 'none', 'unknown', ...severities.slice(1)),
})

describe('an alert that comes and goes', () => {
  it('tells the first turns, then once that it flaps, then nothing until it is calm', () => {
    const turns = Array.from({ length: 40 }, (_, index) => look(1, index % 2 === 0 ? 'CRITICAL' : 'none'))
    const { told, alert } = live(turns)
    expect(told.map(({ why }) => why)).toEqual(['raise', 'resolve', 'reopen', 'resolve', 'reopen'])
    expect(alert).toMatchObject({ turns: 40 })
    expect(alert!.flappingSince).not.toBeNull()
  })

  it('resolves, told once, when it stayed away for half an hour', () => {
    const turns = Array.from({ length: 9 }, (_, index) => look(1, index % 2 === 0 ? 'CRITICAL' : 'none'))
    const away = Array.from({ length: 31 }, () => look(1, 'none'))
    const { told, alert } = live([...turns, ...away])
    expect(alert).toBeNull()
    expect(told.at(-1)!.why).toBe('resolve')
    expect(told).toHaveLength(6)
  })

  it('says so when it stays, and no longer counts as flapping', () => {
    const turns = Array.from({ length: 9 }, (_, index) => look(1, index % 2 === 0 ? 'CRITICAL' : 'none'))
    const stays = Array.from({ length: 32 }, () => look(1, 'CRITICAL'))
    const { told, alert } = live([...turns, ...stays])
    expect(alert).toMatchObject({ flappingSince: null, absentSince: null })
    expect(told).toHaveLength(6)
  })

  it('never tells more than twelve turns in any hour, and three worsenings, whatever the sequence', () => {
    fc.assert(
      fc.property(fc.array(someLook, { minLength: 10, maxLength: 160 }), (looks) => {
        const { told } = live(looks)
        for (const { at } of told) {
          const within = told.filter((other) => other.at >= at && other.at < at + hourMs)
          expect(within.length).toBeLessThanOrEqual(15)
        }
      }),
      { numRuns: 400 },
    )
  })

  it('always tells a problem that stays, and always that one is over which stays away', () => {
    fc.assert(
      fc.property(
        fc.array(someLook, { maxLength: 80 }),
        fc.constantFrom(...severities.slice(1)),
        (looks, severity) => {
          const quietMinutes = (calmMs + turnsWindowMs) / minuteMs
          const stays = live([...looks, ...Array.from({ length: quietMinutes }, () => look(1, severity))])
          expect(stays.alert).toMatchObject({ status: 'firing', flappingSince: null })
          // The newest word said that it is there.
          expect(stays.told.at(-1)!.why).not.toBe('resolve')
          expect(stays.told.at(-1)!.why).not.toBe('absent')
          const goes = live([...looks, ...Array.from({ length: quietMinutes }, () => look(1, 'none'))])
          expect(goes.alert).toBeNull()
          if (goes.told.length > 0) expect(goes.told.at(-1)!.why).toBe('resolve')
        },
      ),
      { numRuns: 300 },
    )
  })
})
