import { describe, expect, it } from 'vitest'
import type { Route } from '#lib/alerts/routes/route-rule.ts'
import { explainTelling, type TellingPlan } from '#lib/alerts/telling/explain-telling.ts'

const at = new Date('2026-10-25T00:30Z')
const route = (changes: Partial<Route> = {}): Route => ({
  id: 'r1',
  name: 'night',
  position: 1,
  match: { minimumSeverity: 'WARNING' },
  steps: [
    { afterMinutes: 0, channelIds: ['chat'], rotationIds: [] },
    { afterMinutes: 15, channelIds: [], rotationIds: ['first'] },
    { afterMinutes: 60, channelIds: ['pager'], rotationIds: [] },
  ],
  repeatMinutes: 120,
  tellsResolved: true,
  ...changes,
})
const plan = (changes: Partial<TellingPlan> = {}): TellingPlan => ({
  routes: [route()],
  channels: [
    { id: 'chat', name: 'ops-chat', kind: 'slack' },
    { id: 'mail', name: 'ops-mail', kind: 'email' },
    { id: 'pager', name: 'pager', kind: 'pagerduty' },
  ],
  // The handover is at three local time: the clocks in Berlin go back to two at that very moment, so it is at 02:00 UTC.
  rotations: [
    {
      id: 'first',
      name: 'first line',
      timeZone: 'Europe/Berlin',
      startsAt: new Date('2026-10-24T01:00Z'),
      shiftDays: 1,
      members: ['ada', 'ben'],
      overrides: [],
    },
  ],
  people: [
    { id: 'ada', name: 'Ada' },
    { id: 'ben', name: 'Ben' },
  ],
  silences: [],
  windows: [],
  ...changes,
})
const alert = {
  targetId: 't1',
  environment: 'production',
  fingerprint: 'health:rows.count:a',
  severity: 'CRITICAL' as const,
}
const told = (given: TellingPlan, from = at, progress?: { step: number; nextStepAt: Date | null }) =>
  explainTelling(given, alert, from, progress).steps.map(({ at: when, kind, tells }) => [
    when.toISOString().slice(11, 16),
    kind,
    ...tells,
  ])

describe('who would be told', () => {
  it('says each step with its time, who is on call then, and the first of the repetition', () => {
    expect(told(plan())).toEqual([
      ['00:30', 'fired', 'ops-chat'],
      ['00:45', 'escalated', 'Ada (on call, first line)'],
      ['01:45', 'escalated', 'pager'],
      ['03:45', 'reminded', 'ops-chat'],
    ])
    expect(told(plan(), new Date('2026-10-25T01:50Z'))[1]).toContain('Ben (on call, first line)')
  })

  it('takes the first route that matches, and nobody where none does', () => {
    const others = [
      route({ id: 'r0', match: { minimumSeverity: 'EMERGENCY' } }),
      route({ id: 'r2', match: { minimumSeverity: 'INFO', environments: ['staging'] } }),
      route({ id: 'r3', match: { minimumSeverity: 'INFO', fingerprints: ['guard:'] } }),
      route({ id: 'r4', match: { minimumSeverity: 'INFO', targetIds: ['t2'] } }),
    ]
    expect(explainTelling(plan({ routes: others }), alert, at)).toMatchObject({ route: null, steps: [] })
    const last = { ...route(), position: 9 }
    expect(explainTelling(plan({ routes: [last, ...others] }), alert, at).route?.id).toBe('r1')
  })

  it('waits for the end of a window, and of another one that begins before', () => {
    const window = (id: string, startsAt: string, endsAt: string) => ({
      id,
      targetId: null,
      title: id,
      startsAt: new Date(startsAt),
      endsAt: new Date(endsAt),
      repeats: null,
      timeZone: 'UTC',
      cancelledAt: null,
    })
    const windows = [
      window('disks', '2026-10-25T00:00Z', '2026-10-25T01:00Z'),
      window('reboot', '2026-10-25T00:50Z', '2026-10-25T02:00Z'),
    ]
    const { steps } = explainTelling(plan({ windows }), alert, at)
    expect(steps[0]).toMatchObject({ at: new Date('2026-10-25T02:00Z'), heldBy: 'reboot' })
  })

  it('waits for the end of a silence', () => {
    const silence = {
      id: 's',
      targetId: null,
      pattern: 'health:*',
      reason: 'known',
      startsAt: new Date('2026-10-25T00:00Z'),
      endsAt: new Date('2026-10-25T05:00Z'),
      endedAt: null,
    }
    expect(told(plan({ silences: [silence] }))[0]).toEqual(['05:00', 'fired', 'ops-chat'])
  })

  it('says what comes next of an alert on its way, and nothing more once its chain is over', () => {
    expect(told(plan(), at, { step: 2, nextStepAt: new Date('2026-10-25T01:00Z') })).toEqual([
      ['01:00', 'escalated', 'pager'],
      ['03:00', 'reminded', 'ops-chat'],
    ])
    expect(told(plan(), at, { step: 3, nextStepAt: null })).toEqual([])
  })

  it('tells the person on call alone through a mail channel without recipients', () => {
    const channels = [{ id: 'mail', name: 'ops-mail', kind: 'email', reachesAll: false }]
    const step = { afterMinutes: 0, channelIds: ['mail'], rotationIds: ['first'] }
    const one = plan({ channels, routes: [route({ steps: [step] })] })
    expect(explainTelling(one, alert, at).steps[0]).toMatchObject({
      tells: ['Ada (on call, first line)'],
      missing: [],
    })
    const without = plan({ channels, routes: [route({ steps: [{ ...step, rotationIds: [] }] })] })
    expect(explainTelling(without, alert, at).steps[0]).toMatchObject({
      tells: [],
      missing: ['ops-mail has no recipients and the step names no rotation'],
    })
  })

  it('says whom a step does not reach', () => {
    const nobody = plan({ people: [] })
    expect(explainTelling(nobody, alert, at).steps[1]!.missing).toEqual(['nobody is on call in first line'])
  })
})
