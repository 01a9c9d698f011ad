import { median, medianDeviation, quantile } from './statistics.ts'
import type { Verdict } from './types.ts'

/** A baseline is learned from at least this many measurements. */
export const enoughMeasurements = 5

/** Departures from the baseline in per cent, beyond noise. */
const thresholds = { slower: 10, regressed: 20, critical: 50 } as const

/** A median absolute deviation times this estimates a standard deviation; three of those are beyond noise. */
const noiseFactor = 1.4826 * 3

/** Timer, scheduler and network: a difference below this is no departure. */
const floorMs = 1

/** No baseline is divided by less. */
const smallestMs = 0.1

export interface Baseline {
  medianMs: number
  deviationMs: number
  p95Ms: number
  measurements: number
}

export interface Judgement {
  verdict: Verdict
  changePercent: number | null
}

/**
 * A measured median against what is normal for that probe. A pure rule.
 * A departure counts only beyond the noise the baseline itself had, so a jittery probe does not cry and a steady one does.
 */
export function judgeMeasurement(
  medianMs: number | null,
  baseline: Baseline | null,
  maximumMs: number | null = null,
): Judgement {
  if (medianMs === null || !Number.isFinite(medianMs)) return { verdict: 'no-data', changePercent: null }
  const overMaximum = maximumMs !== null && medianMs > maximumMs
  if (!baseline || baseline.measurements < enoughMeasurements) {
    return { verdict: overMaximum ? 'critical' : 'learning', changePercent: null }
  }
  const differenceMs = medianMs - baseline.medianMs
  const changePercent = (100 * differenceMs) / Math.max(baseline.medianMs, smallestMs)
  if (overMaximum) return { verdict: 'critical', changePercent }
  return { verdict: judgeChange(changePercent, Math.abs(differenceMs) > noiseMsOf(baseline)), changePercent }
}

/**
 * How far a median may be from the baseline's by chance: three deviations of the medians it was learned from, or half
 * of how far the runs within one measurement usually spread, whichever is more.
 */
export const noiseMsOf = ({ deviationMs, medianMs, p95Ms }: Omit<Baseline, 'measurements'>): number =>
  Math.max(noiseFactor * deviationMs, (p95Ms - medianMs) / 2, floorMs)

function judgeChange(changePercent: number, beyondNoise: boolean): Verdict {
  if (!beyondNoise) return 'normal'
  if (changePercent >= thresholds.critical) return 'critical'
  if (changePercent >= thresholds.regressed) return 'regressed'
  if (changePercent >= thresholds.slower) return 'slower'
  return changePercent <= -thresholds.slower ? 'faster' : 'normal'
}

/** What is normal, from the medians and p95s of some measurements; null while there are not enough. A pure rule. */
export function learnFrom(measured: readonly { medianMs: number; p95Ms: number }[]): Baseline | null {
  if (measured.length < enoughMeasurements) return null
  const medians = measured.map((each) => each.medianMs)
  return {
    medianMs: median(medians),
    deviationMs: medianDeviation(medians),
    p95Ms: median(measured.map((each) => each.p95Ms)),
    measurements: measured.length,
  }
}

/** The distribution of one measurement's runs. Null when none finished. */
export function summarizeRuns(runsMs: readonly number[]): { medianMs: number; p95Ms: number } | null {
  if (runsMs.length === 0) return null
  return { medianMs: median(runsMs), p95Ms: quantile(runsMs, 0.95) }
}
