import type { Command } from 'commander'
import { addCommand, doJob, requireDone } from '#cli/command.ts'
import { addHealthReadCommands } from '#cli/commands/health-read.ts'
import { addHealthSchemaCommand } from '#cli/commands/health-schema.ts'
import { addHealthTryCommand } from '#cli/commands/health-try.ts'
import { healthText } from '#cli/finding-text.ts'
import { requestHealth } from '#lib/health/request-health.ts'
import type { HealthResult } from '#lib/health/types.ts'
import { getTargetByName } from '#lib/targets/queries.ts'

export function addHealthCommands(program: Command): void {
  const health = program.command('health').description('is everything well in a target')

  addCommand(health, {
    usage: 'run <target>',
    about: 'run every health check now; exit 3 when anything is unhealthy or did not run',
    async run(door, [name]) {
      const target = await getTargetByName(door.ctx.db, name!)
      const { jobRunId } = requireDone(await requestHealth(door.ctx, { targetId: target.id }))
      const result = (await doJob(door, jobRunId)).result as HealthResult
      return { json: result, text: healthText(result), exit: result.status === 'healthy' ? 0 : 3 }
    },
  })
  addHealthReadCommands(health)
  addHealthTryCommand(health)
  addHealthSchemaCommand(health)
}
