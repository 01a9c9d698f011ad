import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { planExpiry } from '#lib/backups/retention.ts'

const now = new Date('2024-03-01T00:00:00Z')
const policy = { snapshotDays: 3, archiveDays: 30 }
const daysAgo = (days: number) => new Date(now.getTime() - days * 86_400_000)

const backup = fc.record({
  id: fc.uuid(),
  kind: fc.constantFrom('snapshot' as const, 'archive' as const),
  purpose: fc.constantFrom('scheduled' as const, 'manual' as const, 'safety' as const),
  status: fc.constantFrom(
    'queued',
    'running',
    'good',
    'suspicious',
    'failed',
    'expired',
  ) as fc.Arbitrary<'good'>,
  verification: fc.constantFrom(null, 'checksum' as const, 'listed' as const, 'facts-proven' as const),
  takenAt: fc.option(fc.integer({ min: -2, max: 400 }).map(daysAgo)),
})
const backups = fc.uniqueArray(backup, { maxLength: 30, selector: ({ id }) => id })

describe('retention', () => {
  it('never lets the newest good nor the newest proven backup of a kind go', () => {
    fc.assert(
      fc.property(backups, (all) => {
        const expiring = new Set(planExpiry(all, policy, now))
        for (const kind of ['snapshot', 'archive']) {
          const good = all.filter(
            (b) => b.kind === kind && b.status === 'good' && b.takenAt && b.purpose !== 'safety',
          )
          for (const few of [good, good.filter((b) => b.verification === 'facts-proven')]) {
            if (few.length > 0) expect(few.some(({ id }) => !expiring.has(id))).toBe(true)
          }
        }
      }),
    )
  })

  it('lets nothing go that is young, unfinished or gone already', () => {
    fc.assert(
      fc.property(backups, (all) => {
        for (const id of planExpiry(all, policy, now)) {
          const gone = all.find((one) => one.id === id)!
          expect(['good', 'suspicious', 'failed']).toContain(gone.status)
          expect(gone.takenAt! < daysAgo(gone.kind === 'snapshot' ? 3 : 30)).toBe(true)
        }
      }),
    )
  })

  it('is frozen while the newest backup is suspicious', () => {
    const old = {
      id: 'a',
      kind: 'archive' as const,
      purpose: 'scheduled' as const,
      status: 'good' as const,
      verification: null,
    }
    const all = [
      { ...old, takenAt: daysAgo(90) },
      { ...old, id: 'b', takenAt: daysAgo(60) },
      { ...old, id: 'c', status: 'suspicious' as const, takenAt: daysAgo(1) },
    ]
    expect(planExpiry(all, policy, now)).toEqual([])
    expect(planExpiry(all.slice(0, 2), policy, now)).toEqual(['a'])
  })

  it('lets no more go because the clock jumped back', () => {
    fc.assert(
      fc.property(backups, fc.integer({ min: 0, max: 48 }), (all, hours) => {
        const earlier = new Date(now.getTime() - hours * 3_600_000)
        const normal = new Set(planExpiry(all, policy, now))
        for (const id of planExpiry(all, policy, earlier)) expect(normal.has(id)).toBe(true)
      }),
    )
  })
})
