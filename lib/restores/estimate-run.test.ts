import { describe, expect, it } from 'vitest'
import { estimateRun } from '#lib/restores/estimate-run.ts'

describe('the estimate of a run', () => {
  it('goes by the plan’s own time where no run was before, and says so', () => {
    expect(estimateRun(20_000, 500, [])).toEqual({
      estimateMs: 2_000,
      estimateFrom: 'no run before it; from the plan’s own time',
    })
  })

  it('goes by runs of about as many rows, not by the many small ones', () => {
    const small = Array.from({ length: 20 }, () => ({ rows: 3, readMs: 100, writeMs: 60 }))
    const alike = Array.from({ length: 5 }, () => ({ rows: 100_000, readMs: 1_000, writeMs: 4_000 }))
    expect(estimateRun(100_000, 400, [...small, ...alike])).toEqual({
      estimateMs: 5_000,
      estimateFrom: 'like 5 runs before',
    })
    expect(estimateRun(3, 50, [...small, ...alike]).estimateMs).toBe(160)
  })

  it('does not promise a big run the pace of a small one’s overhead', () => {
    const { estimateMs, estimateFrom } = estimateRun(100_000, 100, [{ rows: 3, readMs: 100, writeMs: 60 }])
    expect(estimateFrom).toBe('like 1 run before')
    expect(estimateMs).toBeGreaterThan(4_000)
    expect(estimateMs).toBeLessThan(10_000)
  })

  it('is never shorter than reading took just now', () => {
    expect(estimateRun(10, 60_000, [{ rows: 10, readMs: 5, writeMs: 5 }]).estimateMs).toBe(60_005)
  })
})
