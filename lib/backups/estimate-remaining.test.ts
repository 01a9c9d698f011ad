import { describe, expect, it } from 'vitest'
import { estimateRemaining, typicalPhases } from '#lib/backups/estimate-remaining.ts'

const now = new Date('2026-03-01T12:00:00Z')
const secondsAgo = (seconds: number) => new Date(now.getTime() - seconds * 1000)
const typical = [
  { name: 'prepare', durationMs: 1_000 },
  { name: 'dump', durationMs: 60_000 },
  { name: 'verify', durationMs: 10_000 },
]
const dumping = (seconds: number, done: number | null, total: number | null) => ({
  phase: 'dump',
  progressDone: done,
  progressTotal: total,
  phases: [
    { name: 'prepare', startedAt: secondsAgo(seconds + 1) },
    { name: 'dump', startedAt: secondsAgo(seconds) },
  ],
})

describe('what running work will still take', () => {
  it('is the rest of the phase at its own pace, and the phases after it as they took before', () => {
    expect(estimateRemaining(dumping(30, 25, 100), typical, now)).toBe(90_000 + 10_000)
    expect(estimateRemaining(dumping(30, 120, 100), typical, now)).toBe(10_000)
  })

  it('goes by earlier runs while the phase has hardly begun or does not count', () => {
    expect(estimateRemaining(dumping(20, 1, 100), typical, now)).toBe(40_000 + 10_000)
    expect(estimateRemaining(dumping(20, null, null), typical, now)).toBe(40_000 + 10_000)
    expect(estimateRemaining(dumping(200, null, null), typical, now)).toBe(10_000)
  })

  it('is not known without earlier runs of this phase', () => {
    expect(estimateRemaining(dumping(20, 50, 100), [], now)).toBeNull()
    expect(estimateRemaining({ ...dumping(20, 50, 100), phase: null }, typical, now)).toBeNull()
  })

  it('takes the median of earlier runs, without phases that few of them had', () => {
    const run = (dump: number, more: { name: string; durationMs: number }[] = []) => [
      { name: 'dump', durationMs: dump },
      ...more,
    ]
    expect(typicalPhases([run(10, [{ name: 'retry', durationMs: 5 }]), run(1_000), run(20)])).toEqual([
      { name: 'dump', durationMs: 20 },
    ])
    expect(typicalPhases([])).toEqual([])
  })
})
