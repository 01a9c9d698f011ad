import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { valueTicks } from './value-ticks.ts'

describe('the labels of an axis', () => {
  it('are round and enclose what is shown', () => {
    expect(valueTicks(0, 260)).toEqual([0, 100, 200, 300])
    expect(valueTicks(0, 1)).toEqual([0, 0.5, 1])
    expect(valueTicks(0, 0.3)).toEqual([0, 0.1, 0.2, 0.3])
    expect(valueTicks(1682, 1690)).toEqual([1682, 1684, 1686, 1688, 1690])
  })

  it('are few, grow, and enclose any two numbers, also the same ones', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1_000_000_000, max: 1_000_000_000 }).map((each) => each / 1_000),
        fc.integer({ min: 0, max: 1_000_000_000 }).map((each) => each / 1_000),
        (low, more) => {
          const span = more < 1e-6 * Math.abs(low) ? 0 : more
          const ticks = valueTicks(low, low + span)
          const slack = 1e-9 * Math.max(Math.abs(low), Math.abs(low + span), 1)
          expect(ticks[0]!).toBeLessThanOrEqual(low + slack)
          expect(ticks.at(-1)!).toBeGreaterThanOrEqual(low + span - slack)
          expect(ticks.length).toBeGreaterThan(1)
          expect(ticks.length).toBeLessThan(8)
        },
      ),
    )
  })
})
