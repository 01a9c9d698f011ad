import { paintState, table } from '#cli/output.ts'
import { printable } from '#lib/format/printable.ts'
import type { Finding, HealthResult, Sample } from '#lib/health/types.ts'

const sampleText = ({ id, label, note }: Sample): string =>
  printable([label ? `${label} (${id})` : id, note].filter(Boolean).join(': '))

/** A finding in full, as people read it: what, examples, what helps. */
export const findingText = (
  { check, details, samples, remedy }: Pick<Finding, 'check' | 'details' | 'samples' | 'remedy'>,
  most = 5,
): string =>
  [
    `${check}: ${printable(details)}`,
    samples.length > 0 ? `  e.g. ${samples.slice(0, most).map(sampleText).join(', ')}` : null,
    remedy ? `  → ${printable(remedy)}` : null,
  ]
    .filter((line) => line !== null)
    .join('\n')

/** All findings of a run: a line each, then what is not healthy in full. */
export function healthText({ status, findings }: HealthResult): string {
  const bad = findings.filter((finding) => finding.status !== 'healthy')
  return [
    table(
      ['check', 'status', 'severity', 'affected', 'details'],
      findings.map((finding) => [
        finding.check,
        paintState(finding.status),
        finding.status === 'healthy' ? null : finding.severity,
        finding.affected,
        printable(finding.details),
      ]),
    ),
    ...bad.map((finding) => `\n${findingText(finding)}`),
    `\n${paintState(status)}: ${findings.length - bad.length} of ${findings.length} checks are healthy.`,
  ].join('\n')
}
