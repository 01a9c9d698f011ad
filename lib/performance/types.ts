export type Verdict = 'normal' | 'slower' | 'regressed' | 'critical' | 'faster' | 'learning' | 'no-data'

/** One probe as it was last measured, beside what is normal for it. */
export interface ProbeReading {
  name: string
  category: string
  medianMs: number | null
  p95Ms: number | null
  baselineMs: number | null
  changePercent: number | null
  verdict: Verdict
  maximumMs: number | null
  measuredAt: Date | null
  error: string | null
}
