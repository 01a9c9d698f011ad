import { describe, expect, it } from 'vitest'
import { type CopySituation, pauseAfter, planCopies } from '#lib/backups/copies/plan-copies.ts'

const now = new Date('2026-03-29T12:00:00Z')
const ago = (minutes: number): Date => new Date(now.getTime() - minutes * 60_000)
const wanted: CopySituation = {
  backupId: 'a',
  takenAt: ago(60),
  store: 'offsite',
  status: null,
  sources: 1,
  storeReachable: true,
  underWay: false,
  failures: 0,
  failedAt: null,
}

describe('which copies are made', () => {
  it('makes the ones that are not there, and those again that are lost, damaged or were never finished', () => {
    for (const status of [null, 'failed', 'deleted', 'missing', 'damaged', 'writing'] as const)
      expect(planCopies([{ ...wanted, status }], now), String(status)).toEqual([
        { backupId: 'a', store: 'offsite' },
      ])
    for (const status of ['good', 'deleting'] as const)
      expect(planCopies([{ ...wanted, status }], now), status).toEqual([])
  })

  it('waits for a store that does not answer and for a good copy to read', () => {
    expect(planCopies([{ ...wanted, storeReachable: false, status: 'damaged' }], now)).toEqual([])
    expect(planCopies([{ ...wanted, sources: 0 }], now)).toEqual([])
  })

  it('makes one at a time for each store, the newest archive first', () => {
    const older = { ...wanted, backupId: 'b', takenAt: ago(600) }
    expect(planCopies([older, wanted, { ...older, store: 'attic' }], now)).toEqual([
      { backupId: 'a', store: 'offsite' },
      { backupId: 'b', store: 'attic' },
    ])
    expect(planCopies([older, { ...wanted, underWay: true, status: 'writing' }], now)).toEqual([])
  })

  it('waits longer after each failure, and never for ever', () => {
    expect(planCopies([{ ...wanted, failures: 1, failedAt: ago(4) }], now)).toEqual([])
    expect(planCopies([{ ...wanted, failures: 1, failedAt: ago(6) }], now)).toHaveLength(1)
    expect(planCopies([{ ...wanted, failures: 3, failedAt: ago(19) }], now)).toEqual([])
    expect(pauseAfter(50)).toBe(6 * 3_600_000)
  })
})
