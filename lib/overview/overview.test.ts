import { describe, expect, it } from 'vitest'
import { policySchema } from '#lib/targets/policy.ts'
import { listAttention } from './attention.ts'
import { listGaps } from './gaps.ts'
import type { ProtectionSummary, TableCoverage } from './types.ts'

const now = new Date('2026-03-10T12:00:00Z')
const hoursAgo = (hours: number) => new Date(now.getTime() - hours * 3_600_000)

const alert = (over: Partial<Parameters<typeof listAttention>[0]['alerts'][number]> = {}) => ({
  id: 'a1',
  fingerprint: 'health:membership.missing:members',
  title: 'Users without organisation',
  details: '3 users',
  remedy: null,
  severity: 'CRITICAL' as const,
  status: 'firing' as const,
  firstSeenAt: hoursAgo(1),
  incidentId: null,
  ...over,
})

const operation = (over: Partial<Parameters<typeof listAttention>[0]['operations'][number]> = {}) => ({
  id: 'o1',
  kind: 'restore',
  status: 'awaiting-approval' as const,
  sentence: 'Puts back 12 rows.',
  reason: 'lost',
  requestedBy: 'user:ada@example.com',
  requestedByUserId: 'ada',
  createdAt: hoursAgo(2),
  ...over,
})

const attention = (over: Partial<Parameters<typeof listAttention>[0]>) =>
  listAttention({
    targetName: 'shop',
    incident: null,
    alerts: [],
    operations: [],
    user: { id: 'bob', role: 'commander' },
    ...over,
  })

describe('what needs attention', () => {
  it('leaves out what somebody already took, and notes that nobody must act on', () => {
    expect(
      attention({
        alerts: [
          alert({ id: '1', status: 'acknowledged' }),
          alert({ id: '2', status: 'silenced' }),
          alert({ id: '3', severity: 'INFO' }),
        ],
      }),
    ).toEqual([])
  })

  it('puts the worst first and leads each to one place of the same target', () => {
    const items = attention({
      alerts: [alert({ id: 'w', severity: 'WARNING', fingerprint: 'drill:stale' }), alert({ id: 'c' })],
    })
    expect(items.map(({ key }) => key)).toEqual(['alert:c', 'alert:w'])
    expect(items.map(({ step }) => step.href)).toEqual(['/recovery?target=shop', '/backups?target=shop'])
  })

  it('tells the alerts of an open incident with the incident, not again', () => {
    const incident = {
      id: 'i1',
      number: 4,
      title: 'Rows lost',
      severity: 'EMERGENCY' as const,
      beganAt: hoursAgo(1),
      rowsLost: 565,
      rowsRecovered: null,
    }
    const items = attention({ incident, alerts: [alert({ incidentId: 'i1' }), alert({ id: 'other' })] })
    expect(items.map(({ key }) => key)).toEqual(['incident:i1', 'alert:other'])
    expect(items[0]!.detail).toBe('565 rows lost, 0 back. One alert fires because of it.')
  })

  it('asks the requester for something else than one who may approve, and a viewer for nothing', () => {
    const labelFor = (id: string, role: 'viewer' | 'commander' = 'commander') =>
      attention({ operations: [operation()], user: { id, role } })[0]!.step.label
    expect(labelFor('bob')).toBe('Read the plan and decide')
    expect(labelFor('ada')).toBe('See who can approve')
    expect(labelFor('mia', 'viewer')).toBe('Read the plan')
  })

  it('does not ask for an approval whose time is over', () => {
    expect(attention({ operations: [operation({ status: 'expired' })] })).toEqual([])
  })
})

const objectives = { exposureMs: 6 * 3_600_000, recoveryMs: 900_000, proofMs: 48 * 3_600_000 }
const nothing: ProtectionSummary = { archive: null, snapshot: null, proof: null, objectives }
const everything: ProtectionSummary = {
  archive: { id: 'b1', takenAt: hoursAgo(1) },
  snapshot: { id: 'b2', takenAt: hoursAgo(1) },
  proof: { drillId: 'd1', at: hoursAgo(5), recoveryMs: 60_000 },
  objectives,
}
const covered: TableCoverage = {
  table: 'public.users',
  guard: 'installed',
  snapshotAt: hoursAgo(1),
  archiveAt: hoursAgo(1),
  drilledAt: hoursAgo(5),
  rows: 10,
  countedAt: now,
  change: 0,
  trend: [],
}
const policy = policySchema.parse({
  protectedTables: [{ table: 'public.users' }],
  rowCounts: [{ table: 'public.users' }],
  probes: [{ name: 'one', sql: 'select 1' }],
})
const gapKeys = (protection: ProtectionSummary, coverage: TableCoverage[], at = now) =>
  listGaps({ targetName: 'shop', policy, protection, coverage, notArchived: [], now: at }).map(
    ({ key }) => key,
  )

describe('what is not protected yet', () => {
  it('says that nothing outlives the server, when nothing was backed up', () => {
    expect(
      gapKeys(nothing, [{ ...covered, guard: 'never-verified', snapshotAt: null, archiveAt: null }]),
    ).toEqual(['archive', 'proof', 'guards', 'snapshot', 'memberships'])
  })

  it('names only what the policy itself leaves out, when all is covered', () => {
    expect(gapKeys(everything, [covered])).toEqual(['memberships'])
  })

  it('stops trusting a proof that is older than the policy allows', () => {
    expect(gapKeys(everything, [covered], new Date(now.getTime() + 3 * 86_400_000))).toContain('stale-proof')
  })

  it('names a protected table that a copy does not hold', () => {
    const gaps = gapKeys(everything, [
      covered,
      { ...covered, table: 'public.new', snapshotAt: null, archiveAt: null },
    ])
    expect(gaps).toEqual(expect.arrayContaining(['in-snapshot', 'in-archive']))
  })

  it('calls an outdated guard a guard: it goes on refusing', () => {
    expect(gapKeys(everything, [{ ...covered, guard: 'outdated' }])).not.toContain('guards')
  })

  it('does not call a tampered guard a guard', () => {
    expect(gapKeys(everything, [{ ...covered, guard: 'tampered' }])).toContain('guards')
  })
})
