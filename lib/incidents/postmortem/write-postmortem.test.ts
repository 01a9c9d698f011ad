import { describe, expect, it } from 'vitest'
import { formatZoned } from '#lib/format/format-zoned.ts'
import { readClocks } from '#lib/incidents/clocks.ts'
import type { LastGoodState } from '#lib/incidents/last-good-state/types.ts'
import { assembleTimeline } from '#lib/incidents/timeline/assemble-timeline.ts'
import type { TimelineRecords } from '#lib/incidents/timeline/records.ts'
import type { Incident } from '#lib/incidents/types.ts'
import { judgeResponse } from './judge-response.ts'
import type { PostmortemFacts } from './types.ts'
import { writePostmortem } from './write-postmortem.ts'

const at = (minute: number, second = 0) => new Date(Date.UTC(2026, 2, 29, 0, minute, second))

const incident: Incident = {
  id: '7a0c9a52-0f5e-4a56-9d0d-000000000001',
  number: 12,
  title: 'members | gone <script>alert(1)</script>',
  kind: 'data-loss',
  severity: 'EMERGENCY',
  status: 'resolved',
  targetId: null,
  targetName: 'salon',
  environment: 'production',
  commander: 'ada@example.com',
  assignee: null,
  openedAt: at(31),
  openedBy: 'worker:1',
  beganAt: at(30),
  acknowledgedAt: at(33),
  stableAt: at(50),
  resolvedAt: at(55),
  closedAt: null,
  rowsLost: 1204,
  rowsRecovered: 1203,
  lastGoodState: null,
  resolution: 'Put back from the *snapshot*.',
}

const none: TimelineRecords = {
  targetName: 'salon',
  incidentEvents: [],
  alertEvents: [],
  guardEvents: [],
  healthTurns: [],
  backups: [],
  drills: [],
  operationEvents: [],
  refusals: [],
  deployments: [],
  schemaVersions: [],
  deliveries: [],
}

const guardEvent = (id: string, minute: number, second: number, over = {}) => ({
  id,
  at: at(minute, second),
  kind: 'deleted' as const,
  tableName: 'public.members',
  rows: 20,
  roleName: 'agent',
  applicationName: 'psql',
  clientAddress: null,
  statement: 'delete from members where id < 20',
  ...over,
})

describe('assembleTimeline', () => {
  it('orders what comes from different records by instant, whatever zone it was written in', () => {
    const entries = assembleTimeline({
      ...none,
      incidentEvents: [
        { id: 'a', at: at(31), kind: 'opened', actor: 'worker:1', body: 'salon: members gone' },
      ],
      alertEvents: [
        {
          id: 'b',
          at: new Date('2026-03-29T06:00:30+05:30'),
          kind: 'fired',
          actor: 'worker:1',
          note: '',
          title: 'Users without membership',
        },
      ],
      guardEvents: [guardEvent('c', 30, 0, { kind: 'blocked', rows: 400 })],
      deployments: [
        {
          id: 'd',
          number: 3,
          at: new Date('2026-03-29T02:10:00+02:00'),
          title: 'add a column',
          status: 'validated',
          verdict: 'APPROVED',
          requestedBy: 'token:ci',
        },
      ],
    })
    expect(entries.map((entry) => entry.kind)).toEqual(['deployment', 'guard', 'alert', 'incident'])
    expect(entries[1]).toMatchObject({
      title: 'Guard refused a change of 400 rows in public.members',
      actor: 'agent · psql',
      href: '/guards?target=salon',
    })
  })

  it('tells a loss in bites as one line, and keeps other tables, origins and refusals apart', () => {
    const bites = Array.from({ length: 12 }, (_, index) => guardEvent(`b${index}`, 30, index))
    const entries = assembleTimeline({
      ...none,
      guardEvents: [
        ...bites,
        guardEvent('r', 30, 4, { tableName: 'public.roles', rows: 45 }),
        guardEvent('s', 30, 8, { tableName: 'public.roles', rows: 45 }),
        guardEvent('x', 30, 30, { roleName: 'app', rows: 1 }),
        guardEvent('y', 45, 0),
        guardEvent('z', 30, 59, { kind: 'blocked', rows: 900 }),
      ],
    })
    expect(entries.map((entry) => entry.title)).toEqual([
      '240 rows deleted from public.members in 12 bites',
      '90 rows deleted from public.roles in 2 bites',
      '1 row deleted from public.members',
      'Guard refused a change of 900 rows in public.members',
      '20 rows deleted from public.members',
    ])
  })

  it('gives the same order for the same instant, however the records come', () => {
    const refusals = [3, 1, 2].map((seq) => ({ seq, at: at(40), actor: 'x', action: 'a.b', reason: null }))
    const keys = (list: typeof refusals) =>
      assembleTimeline({ ...none, refusals: list }).map((entry) => entry.key)
    expect(keys(refusals)).toEqual(keys([...refusals].reverse()))
  })
})

describe('formatZoned', () => {
  it('writes the wall clock of the zone with its offset, also across the change to summer time', () => {
    expect(formatZoned('2026-03-29T00:59:59Z', 'Europe/Berlin')).toBe('2026-03-29 01:59:59 +01:00')
    expect(formatZoned('2026-03-29T01:00:00Z', 'Europe/Berlin')).toBe('2026-03-29 03:00:00 +02:00')
    expect(formatZoned('2026-03-29T18:45:00Z', 'Asia/Kathmandu')).toBe('2026-03-30 00:30:00 +05:45')
    expect(formatZoned('2026-03-29T00:00:00Z', 'UTC')).toBe('2026-03-29 00:00:00 +00:00')
    expect(formatZoned('2026-03-29T00:00:00Z', 'Nowhere/Land')).toBe('2026-03-29 00:00:00 +00:00')
  })
})

describe('readClocks', () => {
  it('measures each clock from the beginning, and stops the running one when it is resolved', () => {
    expect(readClocks(incident, at(59))).toEqual({
      detectMs: 60_000,
      acknowledgeMs: 180_000,
      recoverMs: 20 * 60_000,
      resolveMs: 25 * 60_000,
      accessMs: null,
      runningMs: null,
    })
    const running = { ...incident, acknowledgedAt: null, stableAt: null, resolvedAt: null }
    expect(readClocks(running, at(59))).toMatchObject({ recoverMs: null, runningMs: 29 * 60_000 })
  })
})

describe('writePostmortem', () => {
  const evil = 'public."a|b<img src=x onerror=alert(1)>*_`"'
  const facts: PostmortemFacts = {
    incident,
    clocks: readClocks(incident, at(59)),
    losses: [{ table: evil, rows: 1204, evidence: 'journal' }],
    timeline: [
      {
        key: 'guard:1',
        at: at(30),
        kind: 'guard',
        title: `Guard refused a change of 400 rows in ${evil}`,
        detail: 'delete from x\nwhere "a" = \'| <b>\'',
        actor: 'agent',
        href: null,
      },
    ],
    operations: [
      {
        kind: 'restore',
        status: 'succeeded',
        sentence: 'Puts back 1,203 rows',
        reason: 'lost',
        requestedBy: 'user:ada@example.com',
        approvedBy: 'bob@example.com',
        fingerprint: 'f'.repeat(64),
        promisedRows: 1203,
        doneRows: 1203,
        finishedAt: at(49),
      },
    ],
    pinned: new Set(['guard:1']),
    runbook: [],
    related: [],
    timeZone: 'Europe/Berlin',
    writtenAt: at(59),
  }
  const text = writePostmortem(facts)

  it('states the counts, the clocks, who approved which plan, and what was blocked', () => {
    expect(text).toContain('| Rows lost | 1,204 |')
    expect(text).toContain('1,204 rows lost, 1,203 rows recovered.')
    expect(text).toContain('| detected | 1 min |')
    expect(text).toContain('| recovered | 20 min |')
    expect(text).toContain('bob@example.com')
    expect(text).toContain('`ffffffffffffffff`')
    expect(text).toMatch(/## What was blocked\n\n- 2026-03-29 01:30:00 \+01:00: Guard refused a change/)
  })

  it('leaves no markup or HTML out of names, statements and titles', () => {
    expect(text).not.toMatch(/(^|[^\\])<(script|img|b)\b/)
    expect(text).not.toMatch(/[^\\]\*snapshot/)
    for (const line of text.split('\n').filter((each) => each.startsWith('| 2026'))) {
      expect(line.replaceAll('\\|', '').split('|')).toHaveLength(6)
    }
  })

  it('says that nothing was proven rather than nothing', () => {
    const bare = writePostmortem({ ...facts, operations: [], timeline: [], losses: null })
    expect(bare).toContain('Nothing was proven.')
    expect(bare).toContain('No evidence of lost rows was recorded.')
  })

  const state: LastGoodState = {
    at: at(29).toISOString(),
    lossAt: at(30).toISOString(),
    computedAt: at(31).toISOString(),
    limits: [
      {
        subject: evil,
        lastWellAt: at(29).toISOString(),
        firstIllAt: at(30).toISOString(),
        evidence: 'journal',
      },
    ],
    subjects: 12,
    looks: [],
    neverWell: [],
    backup: {
      id: '7a0c9a52-0f5e-4a56-9d0d-000000000009',
      kind: 'archive',
      takenAt: at(0).toISOString(),
      verification: 'facts-proven',
      verifiedAt: at(10).toISOString(),
    },
    unproven: null,
    writtenSince: [{ table: evil, rows: 7 }],
    backups: [],
    drills: [],
    factsRead: 2,
  }
  const related = [
    {
      id: '7a0c9a52-0f5e-4a56-9d0d-000000000010',
      number: 9,
      title: '<img src=x>',
      status: 'closed' as const,
      severity: 'CRITICAL' as const,
      targetName: 'salon',
      beganAt: at(1),
      resolution: null,
      reasons: ['the same hand: <b>agent</b>'],
    },
  ]
  const step = { phase: 'after' as const, about: '', isOptional: false, tick: null, act: null, behind: null }
  const runbook = [
    {
      ...step,
      key: 'team',
      title: 'The team knows',
      done: '<script>done</script>',
      isTicked: true,
      canTick: true,
    },
    { ...step, key: 'gate', title: 'The gate', done: null, isTicked: false, canTick: true },
  ]
  const whole = writePostmortem({
    ...facts,
    incident: { ...incident, lastGoodState: state },
    related,
    runbook,
  })

  it('tells the last good state, the copy that holds it and its age, what mattered, and the follow-ups with their ticks', () => {
    expect(whole).toContain('Everything that is watched was well at 2026-03-29 01:29:00 +01:00')
    expect(whole).toContain(
      'the archive of 2026-03-29 01:00:00 +01:00 (facts-proven), 30 min before the loss',
    )
    expect(whole).toMatch(/## What mattered\n\n- 2026-03-29 01:30:00/)
    expect(whole).toContain('- [x] The team knows')
    expect(whole).toContain('- [ ] The gate')
    expect(whole).toContain('## Related incidents')
    expect(whole).not.toMatch(/(^|[^\\])<(script|img|b)\b/)
  })

  it('says what went well and what went badly, each with the number that says so', () => {
    const judged = judgeResponse({ ...facts, incident: { ...incident, lastGoodState: state } })
    expect(judged.well).toContain('It was noticed after 1 min.')
    expect(judged.well).toContain('The newest proven backup was 30 min old when it began.')
    expect(judged.well).toContain('1 operation wrote exactly what was approved.')
    expect(judged.badly).toContain('Not put back: 1 of 1,204 lost rows.')
    expect(judged.badly).toContain('No stakeholder was told through Holdfast.')
    const late = { ...facts, clocks: { ...facts.clocks, detectMs: 3_600_000, acknowledgeMs: null } }
    expect(judgeResponse(late).badly).toEqual(
      expect.arrayContaining(['It was noticed after 1 h.', 'Nobody acknowledged it.']),
    )
  })
})
