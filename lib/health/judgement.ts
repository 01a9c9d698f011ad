import type { Finding, HealthResult, HealthSeverity, HealthStatus, Judgement, Row, Sample } from './types.ts'

export const healthy = (
  details: string,
  known: { affected?: number; measured?: number | null; samples?: Sample[] } = {},
): Judgement => ({
  status: 'healthy',
  severity: 'INFO',
  affected: known.affected ?? 0,
  measured: known.measured ?? known.affected ?? 0,
  details,
  remedy: null,
  samples: known.samples ?? [],
})

export const unhealthy = (
  severity: HealthSeverity,
  details: string,
  known: { affected: number; measured?: number | null; remedy: string | null; samples?: Sample[] },
): Judgement => ({
  status: 'unhealthy',
  severity,
  affected: known.affected,
  measured: known.measured === undefined ? known.affected : known.measured,
  details,
  remedy: known.remedy,
  samples: known.samples ?? [],
})

/** The check did not run. Never green: what was not looked at may be broken. */
export const noData = (details: string, remedy: string | null): Judgement => ({
  status: 'no-data',
  severity: 'WARNING',
  affected: null,
  measured: null,
  details,
  remedy,
  samples: [],
})

export const numberIn = (row: Row | undefined, column: string): number => Number(row?.[column] ?? 0)

export const samplesOf = (row: Row | undefined, column = 'samples'): Sample[] =>
  (row?.[column] as Sample[] | null | undefined) ?? []

/** Unhealthy when anything is; else no data when anything is missing; a target without any finding is not healthy. */
export function summarizeHealth(findings: Finding[]): HealthResult {
  const has = (status: HealthStatus): boolean => findings.some((finding) => finding.status === status)
  const status = has('unhealthy')
    ? 'unhealthy'
    : has('no-data') || findings.length === 0
      ? 'no-data'
      : 'healthy'
  return { status, findings }
}
