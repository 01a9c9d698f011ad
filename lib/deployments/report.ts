import type { Deployment, ValidationStep } from '#lib/deployments/types.ts'
import { escapeMarkdown, fenceCode } from '#lib/format/markdown.ts'

const mark: Record<ValidationStep['status'], string> = {
  passed: 'passed',
  warning: 'passed with a warning',
  failed: 'FAILED',
  skipped: 'skipped',
  'not-run': 'not run',
}

/** The deployment's report as Markdown. Pure: the same deployment, the same text. */
export function writeDeploymentReport(deployment: Deployment, targetName: string): string {
  const lines = [
    `# Deployment ${deployment.number}: ${escapeMarkdown(deployment.title)}`,
    '',
    `**${deployment.verdict ?? 'NOT VALIDATED'}** · target ${escapeMarkdown(targetName)} · requested by ${escapeMarkdown(deployment.requestedBy)} · ${deployment.createdAt.toISOString()}`,
    '',
    ...deployment.reasons.map((reason) => `- ${escapeMarkdown(reason)}`),
    '',
    '| Step | Status | Details | Time |',
    '|---|---|---|---|',
    ...deployment.steps.map(
      (step) =>
        `| ${step.name} | ${mark[step.status]} | ${escapeMarkdown(step.details)} | ${(step.durationMs / 1000).toFixed(1)} s |`,
    ),
    '',
  ]
  for (const step of deployment.steps.filter((each) => each.evidence.length > 0)) {
    lines.push(`## ${step.name}`, '', ...step.evidence.map((line) => `- ${escapeMarkdown(line)}`), '')
  }
  if (deployment.request.migration)
    lines.push('## Migration', '', fenceCode(deployment.request.migration, 'sql'), '')
  if (deployment.request.rollback)
    lines.push('## Rollback', '', fenceCode(deployment.request.rollback, 'sql'), '')
  return lines.join('\n')
}
