import type { Command } from 'commander'
import { addCommand, doJob, requireDone } from '#cli/command.ts'
import { addHealthSchemaCommand } from '#cli/commands/health-schema.ts'
import { paintState, table } from '#cli/output.ts'
import { requestHealth } from '#lib/health/request-health.ts'
import type { Finding, HealthResult } from '#lib/health/types.ts'
import { getTargetByName } from '#lib/targets/queries.ts'

const sampleText = ({ samples }: Finding): string =>
  samples
    .slice(0, 5)
    .map(({ id, label }) => (label ? `${label} (${id})` : id))
    .join(', ')

function tell({ status, findings }: HealthResult): string {
  const bad = findings.filter((finding) => finding.status !== 'healthy')
  const lines = [
    table(
      ['check', 'status', 'severity', 'affected', 'details'],
      findings.map((finding) => [
        finding.check,
        paintState(finding.status),
        finding.status === 'healthy' ? null : finding.severity,
        finding.affected,
        finding.details,
      ]),
    ),
    ...bad.map((finding) =>
      [
        `\n${finding.check}: ${finding.details}`,
        finding.samples.length > 0 ? `  e.g. ${sampleText(finding)}` : null,
        finding.remedy ? `  → ${finding.remedy}` : null,
      ]
        .filter((line) => line !== null)
        .join('\n'),
    ),
    `\n${paintState(status)}: ${findings.length - bad.length} of ${findings.length} checks are healthy.`,
  ]
  return lines.join('\n')
}

export function addHealthCommands(program: Command): void {
  const health = program.command('health').description('is everything well in a target')
  addHealthSchemaCommand(health)

  addCommand(health, {
    usage: 'run <target>',
    about: 'run every health check now; exit 3 when anything is unhealthy or did not run',
    async run(door, [name]) {
      const target = await getTargetByName(door.ctx.db, name!)
      const { jobRunId } = requireDone(await requestHealth(door.ctx, { targetId: target.id }))
      const result = (await doJob(door, jobRunId)).result as HealthResult
      return { json: result, text: tell(result), exit: result.status === 'healthy' ? 0 : 3 }
    },
  })
}
