import { describe, expect, it } from 'vitest'
import { severityOfLockout } from '#lib/health/checks/membership.ts'
import { judgeRowCount } from '#lib/health/checks/rows.ts'
import { judgePresence } from '#lib/health/checks/schema.ts'
import {
  judgeConnections,
  judgeLongTransactions,
  judgeWraparound,
  serverLimits as limits,
} from '#lib/health/checks/server.ts'
import { healthy, noData, summarizeHealth } from '#lib/health/judgement.ts'
import type { Finding, Judgement } from '#lib/health/types.ts'

describe('severity', () => {
  it('of locked-out users is critical, and an emergency for more than half', () => {
    expect(severityOfLockout(1, 100)).toBe('CRITICAL')
    expect(severityOfLockout(50, 100)).toBe('CRITICAL')
    expect(severityOfLockout(51, 100)).toBe('EMERGENCY')
  })

  it('of a server grows with its thresholds', () => {
    const connections = (used: number) => judgeConnections(limits)([{ used, most: 100 }])
    expect([79, 80, 95].map((used) => connections(used).severity)).toEqual(['INFO', 'WARNING', 'CRITICAL'])
    const open = (seconds: number) =>
      judgeLongTransactions(limits)([{ pid: 7, role: 'app', application: '', state: 'idle', seconds }])
    expect([899, 900, 3_600].map((seconds) => open(seconds).severity)).toEqual([
      'INFO',
      'WARNING',
      'CRITICAL',
    ])
    expect(open(3_600).remedy).toContain('pg_terminate_backend(7)')
    expect(judgeWraparound(limits)([{ age: 1_100_000_000 }]).severity).toBe('CRITICAL')
  })
})

describe('judgeRowCount', () => {
  const table = { schema: 'public', name: 'users' }
  const nothing = {
    highestOfDay: null,
    highestOfWeek: null,
    highestOfMonth: null,
    provenRows: null,
    provenAt: null,
  }
  const judge = (rows: number, history: Partial<typeof nothing | Record<string, unknown>> = {}) =>
    judgeRowCount(
      table,
      { minimumRows: 1, dropPercent: 5 },
      { ...nothing, ...history } as never,
      'app',
    )([{ rows: String(rows) }])

  it('sees a slow loss that no single day shows', () => {
    // 4.9 % a day for 30 days: 565 users become 134.
    expect(judge(134, { highestOfDay: 141, highestOfWeek: 182, highestOfMonth: 565 })).toMatchObject({
      status: 'unhealthy',
      severity: 'EMERGENCY',
    })
    expect(judge(511, { highestOfDay: 537, highestOfWeek: 565, highestOfMonth: 565 }).status).toBe('healthy')
    expect(judge(500, { highestOfDay: 525, highestOfWeek: 565, highestOfMonth: 565 })).toMatchObject({
      status: 'unhealthy',
      details: expect.stringContaining('last week'),
    })
  })

  it('compares with the proven backup when nothing was counted before', () => {
    expect(judge(400, { provenRows: 565, provenAt: '2026-01-01T00:00:00.000Z' })).toMatchObject({
      status: 'unhealthy',
      severity: 'CRITICAL',
      affected: 165,
    })
  })

  it('calls an emptied table an emergency, and one that was always empty a matter of the floor', () => {
    expect(judge(0, { highestOfMonth: 3 }).severity).toBe('EMERGENCY')
    expect(judge(0).severity).toBe('EMERGENCY')
    const optional = judgeRowCount(table, { minimumRows: 0, dropPercent: 5 }, nothing, 'app')
    expect(optional([{ rows: '0' }]).status).toBe('healthy')
  })

  it('is not alarmed by growth', () => {
    expect(judge(600, { highestOfDay: 565, provenRows: 500, provenAt: '2026-01-01T00:00:00Z' }).status).toBe(
      'healthy',
    )
  })
})

describe('judgePresence', () => {
  const judge = judgePresence([{ schema: 'public', name: 'users' }], 'app')
  it('wants a table of this schema, not a view and not one elsewhere', () => {
    expect(judge([{ schema: 'public', name: 'users', kind: 'r' }]).status).toBe('healthy')
    expect(judge([{ schema: 'public', name: 'users', kind: 'v' }]).severity).toBe('EMERGENCY')
    expect(judge([{ schema: 'archive', name: 'users', kind: 'r' }]).severity).toBe('EMERGENCY')
  })
})

describe('summarizeHealth', () => {
  const finding = (judgement: Judgement): Finding => ({
    check: 'x',
    area: 'rows',
    title: 'x',
    statement: null,
    durationMs: null,
    ...judgement,
  })
  it('is never healthy when something was not looked at, or nothing was', () => {
    expect(summarizeHealth([finding(healthy('ok')), finding(noData('not run', null))]).status).toBe('no-data')
    expect(summarizeHealth([]).status).toBe('no-data')
    expect(summarizeHealth([finding(healthy('ok'))]).status).toBe('healthy')
  })
})
