import { describe, expect, it } from 'vitest'
import { benchArchives } from '#scripts/bench/archives.ts'
import { benchDrills } from '#scripts/bench/drills.ts'
import { benchGuards } from '#scripts/bench/guards.ts'
import { benchHealth } from '#scripts/bench/health.ts'
import { judgePairs } from '#scripts/bench/paired.ts'
import { benchRows } from '#scripts/bench/rows.ts'
import { benchWatch } from '#scripts/bench/watch.ts'

describe('benches', () => {
  it('judge by the median of the pairwise ratios, not by the ratio of the medians', () => {
    const verdict = judgePairs({
      name: 'a',
      against: 'b',
      unit: 'ms',
      measured: [10, 40, 12],
      baseline: [10, 20, 4],
      goal: 2.5,
    })
    expect(verdict.ratio).toBe(2)
    expect(verdict.bestRatio).toBe(2.5)
    expect(verdict.met).toBe(true)
  })

  it('run: archives', async () => {
    const report = await benchArchives(true, 2, false)
    expect(report).toContain('archive, wall time')
    expect(report).toMatch(/Most memory of the worker \| \| \d/)
  }, 120_000)

  it('run: drills', async () => {
    const report = await benchDrills(true, 2, false)
    expect(report).toContain('drill until its facts are proven')
    expect(report).toMatch(/Most memory of the worker: \d/)
  }, 300_000)

  it('run: guards', async () => {
    const report = await benchGuards(true, 2, false)
    expect(report).toContain('wide rows, journaled')
    expect(report).toContain('wide rows, empty trigger')
    expect(report).toContain('| journaled |')
  }, 120_000)

  it('run: health', async () => {
    const report = await benchHealth(true, 2, false)
    expect(report).toContain('Health page, data, p95')
    expect(report).toContain('DELETE of the same rows')
  }, 120_000)

  it('run: rows', async () => {
    const report = await benchRows(true, 2, false)
    expect(report).toContain('bring back 300 lost rows of 3,000')
    expect(report).toContain('compare two equal tables of 30,000 rows, two databases')
    expect(report).toContain('find 10 lost rows')
  }, 120_000)

  it('run: watch', async () => {
    const report = await benchWatch(true, 2, false)
    expect(report).toContain('| findings | **3 of 3** |')
    expect(report).toMatch(/connections at once \| \*\*1\*\*/)
  }, 120_000)
})
