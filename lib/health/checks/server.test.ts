import { describe, expect, it } from 'vitest'
import { judgeCache, judgeDeadlocks, judgeRollbacks } from '#lib/health/checks/activity.ts'
import { judgeArchiving } from '#lib/health/checks/archiving.ts'
import { judgeAge, judgeNewestBackups, judgeProof } from '#lib/health/checks/backups.ts'
import { judgeGuards } from '#lib/health/checks/guards.ts'
import { judgeUnusedIndexes } from '#lib/health/checks/indexes.ts'
import { judgeSlots, judgeStandbys, rememberStandbys } from '#lib/health/checks/replication.ts'
import { judgeSequences } from '#lib/health/checks/sequences.ts'
import { judgeConnections, judgeLockWaits, judgeWraparound, serverLimits } from '#lib/health/checks/server.ts'
import { judgeStatements, rememberStatements } from '#lib/health/checks/statements.ts'
import { judgeChecksums, judgeDeadRows, judgeSize, rememberSize } from '#lib/health/checks/storage.ts'
import { judgeMirror } from '#lib/health/checks/synchronisation.ts'
import { splitDueChecks } from '#lib/health/due-checks.ts'
import { intervalSince } from '#lib/health/interval.ts'
import type { AnyCheck, KeptCounters } from '#lib/health/types.ts'

const now = new Date('2026-03-04T12:00:00Z')
const minutesAgo = (minutes: number) => new Date(now.getTime() - minutes * 60_000)
const kept = (counters: Record<string, unknown>, minutes = 5): KeptCounters => ({
  readAt: minutesAgo(minutes),
  counters: { reset: null, ...counters },
})

describe('an interval of counters', () => {
  it('is what happened since the last look, also after the statistics were reset', () => {
    const interval = (before: KeptCounters | undefined, row: Record<string, unknown>) =>
      intervalSince(before, { reset: null, ...row }, now)
    expect(interval(undefined, { deadlocks: 9 })).toBeNull()
    expect(interval(kept({ deadlocks: 7 }), { deadlocks: 9 })!.counted('deadlocks')).toBe(2)
    expect(interval(kept({ deadlocks: 7 }), { deadlocks: 3 })!.counted('deadlocks')).toBe(3)
    expect(interval(kept({ deadlocks: 1 }), { deadlocks: 9, reset: 'today' })!.counted('deadlocks')).toBe(9)
  })

  it('judges no ratio of a handful', () => {
    const of = (counters: Record<string, number>) =>
      intervalSince(kept({}), { reset: null, ...counters }, now)!
    expect(judgeRollbacks(of({ commits: 10, rollbacks: 90 })).status).toBe('healthy')
    expect(judgeRollbacks(of({ commits: 300, rollbacks: 100 })).severity).toBe('WARNING')
    expect(judgeRollbacks(of({ commits: 300, rollbacks: 1_000 })).severity).toBe('CRITICAL')
    expect(judgeCache(of({ hits: 10, reads: 1_000 })).status).toBe('healthy')
    expect(judgeCache(of({ hits: 100_000, reads: 60_000 })).status).toBe('unhealthy')
    expect(judgeDeadlocks(of({ deadlocks: 1 })).severity).toBe('WARNING')
  })
})

describe('checks that are not of every run', () => {
  const check = (everyMinutes?: number): AnyCheck =>
    ({
      check: 'a',
      area: 'server',
      title: 'a',
      known: {},
      ...(everyMinutes ? { everyMinutes } : {}),
    }) as never
  const isDue = (everyMinutes: number | undefined, status: string, ageMinutes: number, all = false) =>
    splitDueChecks(
      [check(everyMinutes)],
      [{ check: 'a', status, checkedAt: minutesAgo(ageMinutes) } as never],
      {
        now,
        all,
      },
    ).due.length === 1

  it('wait until their finding is old enough, and never behind one without data', () => {
    expect(isDue(60, 'healthy', 59)).toBe(false)
    expect(isDue(60, 'unhealthy', 59)).toBe(false)
    expect(isDue(60, 'healthy', 59.6)).toBe(true)
    expect(isDue(60, 'no-data', 1)).toBe(true)
    expect(isDue(undefined, 'healthy', 0)).toBe(true)
    expect(isDue(60, 'healthy', 1, true)).toBe(true)
  })
})

describe('judges of the server', () => {
  it('see the limit of a role that is full while the server has room', () => {
    const judged = judgeConnections(serverLimits)([
      { scope: 'server', name: null, used: 20, most: 97, reserved: 3 },
      { scope: 'role', name: 'web', used: 10, most: 10, reserved: 0 },
    ])
    expect(judged).toMatchObject({ status: 'unhealthy', severity: 'CRITICAL' })
    expect(judged.details).toContain('the role web')
  })

  it('name the blocker, and never a literal of its statement', () => {
    const judged = judgeLockWaits(
      serverLimits,
      true,
    )([
      {
        pid: 2,
        seconds: 40,
        statement: "delete from t where k = 'secret'",
        blockerPid: 1,
        blockerRole: 'app',
        blockerStatement: "update t set k = 'secret'",
      },
      {
        pid: 3,
        seconds: 35,
        statement: 'select 1',
        blockerPid: 2,
        blockerRole: 'app',
        blockerStatement: 'x',
      },
    ])
    expect(judged).toMatchObject({ severity: 'WARNING', affected: 2, remedy: expect.stringContaining('(1)') })
    expect(judged.samples[0]!.id).toBe('1 → 2')
    expect(JSON.stringify(judged)).not.toContain('secret')
  })

  it('see a multixact wraparound, and that of another database of the server', () => {
    expect(
      judgeWraparound(serverLimits)([
        { name: 'a', age: 10, multixactAge: 10, own: true },
        { name: 'b', age: 10, multixactAge: 1_100_000_000, own: false },
      ]),
    ).toMatchObject({
      severity: 'CRITICAL',
      details: expect.stringContaining('multixact id (in the database b'),
    })
  })

  it('miss a standby that was there within the day, and forget it after', () => {
    const before = kept({
      seen: { replica: minutesAgo(60).toISOString(), old: minutesAgo(1_500).toISOString() },
    })
    expect(judgeStandbys(before, now)([])).toMatchObject({ severity: 'CRITICAL', affected: 1 })
    expect(rememberStandbys(before, [], now)).toEqual({ seen: { replica: minutesAgo(60).toISOString() } })
    expect(judgeStandbys(undefined, now)([]).status).toBe('healthy')
    expect(judgeStandbys(undefined, now)([{ kind: 'standby', name: 'r', lagSeconds: 700 }]).severity).toBe(
      'CRITICAL',
    )
  })

  it('tell of a slot that holds WAL for nobody, and of one that has lost it', () => {
    const slot = { name: 's', type: 'logical', active: false, walStatus: 'reserved', heldBytes: 2e9 }
    expect(judgeSlots([slot])).toMatchObject({
      severity: 'WARNING',
      remedy: expect.stringContaining("('s')"),
    })
    expect(judgeSlots([{ ...slot, active: true }]).status).toBe('healthy')
    expect(judgeSlots([{ ...slot, walStatus: 'lost', heldBytes: null }]).severity).toBe('CRITICAL')
  })

  it('tell archiving that fails from archiving that is off', () => {
    const row = { mode: 'on', standby: false, failing: false, lastSeconds: 60, failed: 0 }
    expect(judgeArchiving([row]).status).toBe('healthy')
    expect(judgeArchiving([{ ...row, mode: 'off', failing: true }])).toMatchObject({
      status: 'healthy',
      severity: 'INFO',
    })
    expect(judgeArchiving([{ ...row, failing: true, failed: 3, lastFailed: '0001' }]).severity).toBe(
      'CRITICAL',
    )
  })

  it('see a sequence that outgrows the column it fills, and say what may not be read', () => {
    const row = {
      name: 'public.s',
      column: 'public.t.id',
      type: 'integer',
      last: '2000000000',
      most: '2147483647',
      percent: 93.1,
      unreadable: 0,
      total: 1,
    }
    expect(judgeSequences('w')([row])).toMatchObject({
      severity: 'CRITICAL',
      details: expect.stringContaining('public.t.id (integer)'),
    })
    expect(judgeSequences('w')([{ ...row, percent: 1, unreadable: 1 }]).status).toBe('no-data')
  })

  it('never call a failed checksum well, and say when there are none', () => {
    expect(judgeChecksums([{ checksums: 'on', checksumFailures: 1 }]).severity).toBe('EMERGENCY')
    expect(judgeChecksums([{ checksums: 'off', checksumFailures: null }]).details).toContain('off')
  })

  it('find autovacuum off, and behind', () => {
    expect(judgeDeadRows([{ autovacuum: 'off', name: null }]).severity).toBe('CRITICAL')
    const row = {
      autovacuum: 'on',
      name: 't',
      dead: 40_000,
      live: 1,
      wanted: 1_000,
      enabled: true,
      running: false,
    }
    expect(judgeDeadRows([row]).severity).toBe('CRITICAL')
    expect(judgeDeadRows([{ ...row, wanted: 30_000 }]).status).toBe('healthy')
  })

  it('see growth against a day ago, and say that the disk cannot be seen', () => {
    const before = kept({ readings: [{ at: minutesAgo(1_500).toISOString(), bytes: 4e9 }] })
    expect(judgeSize(before, now)([{ bytes: 6e9 }])).toMatchObject({ status: 'unhealthy' })
    expect(judgeSize(before, now)([{ bytes: 4.1e9 }]).details).toContain('cannot be seen through SQL')
    expect((rememberSize(before, [{ bytes: 6e9 }], now).readings as unknown[]).length).toBe(2)
  })

  it('call no index unused while statistics are young, and never without a word on standbys', () => {
    const row = { days: 30, standbys: 2, name: 'i', place: 't', bytes: 2e6 }
    expect(judgeUnusedIndexes([row])).toBeNull()
    expect(judgeUnusedIndexes([{ ...row, days: 40 }])).toMatchObject({
      severity: 'INFO',
      details: expect.stringContaining('2 standbys'),
    })
  })
})

describe('statements', () => {
  const row = (calls: number, totalMs: number) => [{ id: '7', statement: 'select 1', calls, totalMs }]
  const known = (calls: number, totalMs: number, means: number[]) =>
    kept({ statements: { 7: { calls, totalMs, means } } })

  it('are judged each by its own interval, not by their mean since ever', () => {
    // A thousand calls of 10 ms before; now a hundred of 100 ms: the mean since ever would be 18 ms.
    const before = known(1_000, 10_000, Array(6).fill(10))
    expect(judgeStatements(before, now)(row(1_100, 20_000))).toMatchObject({
      severity: 'CRITICAL',
      measured: 100,
    })
    expect(judgeStatements(before, now)(row(1_100, 11_500))!.status).toBe('healthy')
    expect(judgeStatements(undefined, now)(row(1, 1))).toBeNull()
  })

  it('need enough calls and enough intervals before one is unusual, and forget what was reset', () => {
    expect(judgeStatements(known(1_000, 10_000, [10, 10]), now)(row(1_100, 20_000))!.status).toBe('healthy')
    expect(judgeStatements(known(1_000, 10_000, Array(6).fill(10)), now)(row(1_005, 12_000))!.status).toBe(
      'healthy',
    )
    const after = rememberStatements(known(1_000, 10_000, [10]), row(5, 50)).statements as Record<
      string,
      unknown
    >
    expect(after['7']).toEqual({ calls: 5, totalMs: 50, means: [] })
  })
})

describe('judges of our own records', () => {
  const limits = { addedAt: minutesAgo(10), now, limitMs: 3_600_000, remedy: 'take one' }

  it('call what has not come yet no data, and what is overdue unhealthy', () => {
    expect(judgeAge('backup', null, limits).status).toBe('no-data')
    expect(judgeAge('backup', null, { ...limits, addedAt: minutesAgo(90) }).severity).toBe('WARNING')
    expect(judgeAge('backup', minutesAgo(150), limits).severity).toBe('CRITICAL')
    expect(judgeAge('backup', minutesAgo(50), limits).status).toBe('healthy')
  })

  it('see a suspicious backup behind a good one of another kind, and a failed drill behind a passed one', () => {
    const backup = { id: 'b', verification: null, takenAt: now, finishedAt: now }
    expect(
      judgeNewestBackups(
        [
          { ...backup, kind: 'archive', status: 'good' },
          { ...backup, kind: 'snapshot', status: 'suspicious' },
        ],
        'shop',
      ).severity,
    ).toBe('CRITICAL')
    const drill = { id: 'd', verdict: 'failed' as const, finishedAt: now }
    const records = {
      addedAt: minutesAgo(10),
      newestGood: { snapshot: null, archive: null },
      newestEnded: [],
    }
    const proof = (newestDrill: typeof drill | null) =>
      judgeProof(
        {
          ...records,
          newestDrill,
          newestPassedDrill: { ...drill, verdict: 'passed', finishedAt: minutesAgo(60) },
        },
        { objectives: { proofHours: 48, exposureMinutes: 360, recoveryMinutes: 15 } },
        'shop',
        now,
      )
    expect(proof(drill).severity).toBe('CRITICAL')
    expect(proof(null).status).toBe('healthy')
  })

  it('miss a guard, see one that was tampered with, and trust none that nobody looked at', () => {
    const guard = { table: 'a', state: 'installed' as const, problems: [], verifiedAt: minutesAgo(1) }
    const judge = (records: object[], wanted = ['a']) => judgeGuards(wanted, records as never, 'shop', now)
    expect(judge([guard]).status).toBe('healthy')
    expect(judge([guard], ['a', 'b']).severity).toBe('CRITICAL')
    expect(judge([{ ...guard, state: 'tampered' }]).severity).toBe('CRITICAL')
    expect(judge([]).severity).toBe('WARNING')
    expect(judge([{ ...guard, verifiedAt: minutesAgo(30) }]).status).toBe('no-data')
  })

  it('call no failed and no old comparison an agreement', () => {
    const of = (newest: object | null) =>
      judgeMirror(
        { mirror: 'm', master: 'hq', newest: newest as never },
        { targetName: 'shop', now, gapMs: 3_600_000 },
      )
    const newest = { finishedAt: minutesAgo(10), inSync: true, differences: 0, error: null }
    expect(of(newest).status).toBe('healthy')
    expect(of(null).status).toBe('no-data')
    expect(of({ ...newest, inSync: null, error: 'down' }).status).toBe('no-data')
    expect(of({ ...newest, finishedAt: minutesAgo(130) }).status).toBe('no-data')
    expect(of({ ...newest, inSync: false, differences: 3 })).toMatchObject({
      severity: 'CRITICAL',
      affected: 3,
    })
  })
})
