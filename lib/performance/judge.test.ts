import { describe, expect, it } from 'vitest'
import { type Baseline, judgeMeasurement, learnFrom, summarizeRuns } from './judge.ts'

const steady = (medianMs: number, deviationMs = medianMs * 0.02): Baseline => ({
  medianMs,
  deviationMs,
  p95Ms: medianMs * 1.2,
  measurements: 10,
})

describe('judgeMeasurement', () => {
  it.each([
    [45, 45, 'normal'],
    [45, 51, 'slower'],
    [45, 57, 'regressed'],
    [45, 185, 'critical'],
    [45, 30, 'faster'],
    [450, 455, 'normal'],
  ])('a probe that takes %s ms and now %s ms is %s', (baseline, now, verdict) => {
    expect(judgeMeasurement(now, steady(baseline)).verdict).toBe(verdict)
  })

  it('does not cry over a jittery probe within its own noise', () => {
    expect(judgeMeasurement(70, steady(45, 10)).verdict).toBe('normal')
    expect(judgeMeasurement(95, steady(45, 10)).verdict).toBe('critical')
  })

  it('counts the spread of the runs within a measurement as noise', () => {
    const spread = { ...steady(4, 0.05), p95Ms: 9 }
    expect(judgeMeasurement(6, spread).verdict).toBe('normal')
    expect(judgeMeasurement(7, spread).verdict).toBe('critical')
  })

  it('is safe with a baseline of zero and with a factor of thousands', () => {
    expect(judgeMeasurement(0, steady(0, 0))).toEqual({ verdict: 'normal', changePercent: 0 })
    expect(judgeMeasurement(0.3, steady(0, 0)).verdict).toBe('normal')
    const far = judgeMeasurement(90_000, steady(0, 0))
    expect(far.verdict).toBe('critical')
    expect(Number.isFinite(far.changePercent)).toBe(true)
  })

  it('judges nothing without enough measurements, and never calls a failed one fast', () => {
    expect(judgeMeasurement(45, null)).toEqual({ verdict: 'learning', changePercent: null })
    expect(judgeMeasurement(450, { ...steady(45), measurements: 4 }).verdict).toBe('learning')
    expect(judgeMeasurement(null, steady(45))).toEqual({ verdict: 'no-data', changePercent: null })
    expect(judgeMeasurement(Number.NaN, steady(45)).verdict).toBe('no-data')
  })

  it('holds a probe to the limit that the policy sets, baseline or not', () => {
    expect(judgeMeasurement(120, null, 100).verdict).toBe('critical')
    expect(judgeMeasurement(120, steady(118), 100).verdict).toBe('critical')
  })
})

describe('learning', () => {
  it('is not moved by one wild measurement', () => {
    const baseline = learnFrom([44, 45, 46, 45, 9_000].map((medianMs) => ({ medianMs, p95Ms: medianMs })))!
    expect(baseline.medianMs).toBe(45)
    expect(baseline.deviationMs).toBe(1)
    expect(judgeMeasurement(185, baseline).verdict).toBe('critical')
  })

  it('takes five measurements', () => {
    expect(learnFrom([1, 2, 3, 4].map((medianMs) => ({ medianMs, p95Ms: medianMs })))).toBeNull()
  })

  it('takes the median of a measurement, so that one slow run is no regression', () => {
    const summary = summarizeRuns([45, 44, 46, 45, 45, 44, 46, 45, 2_000])!
    expect(summary.medianMs).toBe(45)
    expect(judgeMeasurement(summary.medianMs, steady(45)).verdict).toBe('normal')
    expect(summarizeRuns([])).toBeNull()
  })
})
