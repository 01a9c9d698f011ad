import { describe, expect, it } from 'vitest'
import { policySchema } from '#lib/targets/policy.ts'
import { listAttention } from './attention.ts'
import { nextOfIncident } from './attention-items.ts'
import { type FleetFacts, judgeFleetLine } from './fleet-line.ts'
import { listGaps } from './gaps.ts'
import { listWaiting } from './operation-items.ts'
import type { ProtectionSummary, TableCoverage } from './types.ts'

const now = new Date('2026-03-10T12:00:00Z')
const hoursAgo = (hours: number) => new Date(now.getTime() - hours * 3_600_000)

const alert = (over: Partial<Parameters<typeof listAttention>[0]['alerts'][number]> = {}) => ({
  id: 'a1',
  fingerprint: 'health:membership.missing:members',
  title: 'Users without organisation',
  details: '3 users',
  targetId: 't1' as string | null,
  severity: 'CRITICAL' as const,
  firstSeenAt: hoursAgo(1),
  incidentId: null,
  ...over,
})

const operation = (over: { status?: string } = {}) => ({
  id: 'o1',
  kind: 'restore',
  status: 'awaiting-approval' as const,
  sentence: 'Puts back 12 rows.',
  reason: 'lost',
  requestedBy: 'user:ada@example.com',
  createdAt: hoursAgo(2),
  ...over,
})

const attention = (over: Partial<Parameters<typeof listAttention>[0]>) =>
  listAttention({
    targetName: 'shop',
    incidents: [],
    alerts: [],
    failingChannels: [],
    emptyRotations: [],
    schemaChanges: null,
    ...over,
  })

describe('what needs attention', () => {
  it('puts the worst first and leads each to one place of the same target', () => {
    const items = attention({
      alerts: [alert({ id: 'w', severity: 'WARNING', fingerprint: 'drill:stale' }), alert({ id: 'c' })],
    })
    expect(items.map(({ key }) => key)).toEqual(['alert:c', 'alert:w'])
    expect(items.map(({ step }) => step.href)).toEqual([
      '/recovery?target=shop',
      '/backups/drills?target=shop',
    ])
  })

  it('tells the alerts of an open incident with the incident, not again', () => {
    const incident = {
      id: 'i1',
      number: 4,
      title: 'Rows lost',
      severity: 'EMERGENCY' as const,
      status: 'open',
      beganAt: hoursAgo(1),
      stableAt: null,
      commander: null,
      rowsLost: 565,
      rowsRecovered: null,
    }
    const items = attention({
      incidents: [incident],
      alerts: [alert({ incidentId: 'i1' }), alert({ id: 'other' })],
    })
    expect(items.map(({ key }) => key)).toEqual(['incident:i1', 'alert:other'])
    expect(items[0]!.detail).toBe('565 rows lost, 0 back. One alert fires because of it.')
  })

  it('says of an incident what it waits for: one who decides, then what is missing, then its end', () => {
    const next = (over: Partial<Parameters<typeof nextOfIncident>[0]>) =>
      nextOfIncident({ commander: 'Ines', rowsLost: 10, rowsRecovered: 0, stableAt: null, ...over })
    expect(next({ commander: null })).toBe('Take command')
    expect(next({})).toBe('Put back what is missing')
    expect(next({ rowsRecovered: 10 })).toBe('Go on with the runbook')
    expect(next({ rowsLost: null })).toBe('Go on with the runbook')
    expect(next({ rowsRecovered: 10, stableAt: now })).toBe('Resolve it')
  })

  it('tells many findings of one kind in one line, and few of them one by one', () => {
    const of = (count: number) =>
      Array.from({ length: count }, (_, index) =>
        alert({
          id: `r${index}`,
          fingerprint: `health:references.orphans:public.t${index}.x`,
          severity: index === 1 ? ('EMERGENCY' as const) : ('CRITICAL' as const),
          title: `t${index} → u`,
        }),
      )
    expect(attention({ alerts: of(2) }).map(({ step }) => step.href)).toEqual([
      '/health?target=shop&check=references.orphans%3Apublic.t1.x',
      '/health?target=shop&check=references.orphans%3Apublic.t0.x',
    ])
    expect(attention({ alerts: of(40) })).toMatchObject([
      {
        severity: 'EMERGENCY',
        title: 't1 → u, and 39 more about references',
        step: { label: 'See the findings', href: '/health?target=shop' },
      },
    ])
  })

  it('names a failing channel and an empty rotation once, and not beside an alert that does', () => {
    const trouble = {
      failingChannels: [{ id: 'c', name: 'chat', since: hoursAgo(1), message: '404' }],
      emptyRotations: [{ id: 'r', name: 'nights', since: hoursAgo(2) }],
    }
    expect(attention(trouble).map(({ key }) => key)).toEqual(['channel:c', 'rotation:r'])
    const told = attention({
      ...trouble,
      alerts: [alert({ id: 'x', fingerprint: 'channel:failing:chat', targetId: null })],
    })
    expect(told.map(({ key }) => key)).toEqual(['alert:x', 'rotation:r'])
    expect(told[0]!.step.href).toBe('/settings/channels')
  })

  it('asks about a change of the schema that nothing accounts for, once', () => {
    const schemaChanges = { count: 1, since: hoursAgo(1) }
    expect(attention({ schemaChanges })).toMatchObject([
      { key: 'schema', step: { label: 'See what changed', href: '/health/schema?target=shop' } },
    ])
    const alerts = [alert({ fingerprint: 'health:schema.changes' })]
    expect(attention({ schemaChanges, alerts }).map(({ key }) => key)).toEqual(['alert:a1'])
  })

  it('asks the requester for something else than one who may approve, and a viewer for nothing', () => {
    const labelFor = (name: string, role: 'viewer' | 'commander' = 'commander') =>
      listWaiting([operation()], { email: `${name}@example.com`, role })[0]!.step.label
    expect(labelFor('bob')).toBe('Read the plan and decide')
    expect(labelFor('ada')).toBe('See who can approve')
    expect(labelFor('mia', 'viewer')).toBe('Read the plan')
  })

  it('does not ask for an approval whose time is over', () => {
    const ada = { email: 'ada@example.com', role: 'commander' as const }
    expect(listWaiting([operation({ status: 'expired' })], ada)).toEqual([])
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

describe('a target in a line', () => {
  const well: FleetFacts = {
    kind: 'application',
    addedAt: hoursAgo(500),
    archiveAt: hoursAgo(3),
    exposureMs: objectives.exposureMs,
    provenAt: hoursAgo(3),
    proofMs: objectives.proofMs,
    firing: 0,
    critical: 0,
    alert: null,
    incidentNumber: null,
    checkedAt: now,
    maintenance: null,
  }
  const line = (over: Partial<FleetFacts>) => judgeFleetLine({ ...well, ...over }, now)

  it('is calm only with an archive, a proof and checks of today', () => {
    expect(line({})).toEqual({ status: 'calm', because: null })
    expect(line({ archiveAt: hoursAgo(7) })).toMatchObject({ status: 'attention' })
    expect(line({ provenAt: null })).toEqual({ status: 'attention', because: 'Never proven' })
    expect(line({ provenAt: hoursAgo(49) })).toMatchObject({ status: 'attention' })
    expect(line({ archiveAt: null })).toEqual({ status: 'critical', because: 'No archive' })
  })

  it('is unknown, never calm, where nobody looked', () => {
    expect(line({ checkedAt: null }).status).toBe('unknown')
    expect(line({ checkedAt: hoursAgo(1) }).status).toBe('unknown')
    expect(line({ kind: 'control', checkedAt: null }).status).toBe('calm')
  })

  it('gives a new target the time that its first copies take, and not a red mark', () => {
    const isNew = { addedAt: hoursAgo(0.1), archiveAt: null, provenAt: null }
    expect(line(isNew).status).toBe('unknown')
    expect(line({ ...isNew, addedAt: hoursAgo(1) }).status).toBe('critical')
  })

  it('shows an open incident before anything, and announced work as calm', () => {
    const alerts = { firing: 3, critical: 1, alert: 'Rows of users' }
    expect(line(alerts)).toEqual({ status: 'critical', because: 'Rows of users, and 2 more' })
    expect(line({ ...alerts, maintenance: 'Upgrade' })).toEqual({ status: 'calm', because: 'Upgrade' })
    expect(line({ ...alerts, maintenance: 'Upgrade', incidentNumber: 7 })).toEqual({
      status: 'critical',
      because: 'Incident #7 is open',
    })
  })
})
