import type { Command } from 'commander'
import { addCommand, type CommandOptions, type Door, requireDone } from '#cli/command.ts'
import { showPlan } from '#cli/plan-operation.ts'
import { AppError } from '#lib/errors.ts'
import { getOperation, resolveOperationId } from '#lib/operations/queries.ts'
import { requestDatabaseRestore } from '#lib/restores/database/request-database-restore.ts'
import { requestDatabaseSwitch } from '#lib/restores/database/request-database-switch.ts'
import { getTargetByName } from '#lib/targets/queries.ts'

const reasonOption = ['--reason <text>', 'why; kept in the record'] as const
const incidentOption = ['--incident <id>', 'the incident that this belongs to'] as const

const about = (options: CommandOptions) => ({
  reason: options.reason ?? '',
  ...(typeof options.incident === 'string' ? { incidentId: options.incident } : {}),
})

async function planDatabase(door: Door, [name]: string[], options: CommandOptions) {
  if (typeof options.from !== 'string') {
    throw new AppError('usage', 'Say which archive to restore.', {
      kind: 'invalid',
      hint: 'Add --from ID: holdfast backups list NAME',
    })
  }
  const target = await getTargetByName(door.ctx.db, name!)
  const requested = await requestDatabaseRestore(door.ctx, {
    targetId: target.id,
    ...about(options),
    request: { backupId: options.from },
  })
  return showPlan(door, requireDone(requested))
}

async function planSwitch(door: Door, [text]: string[], options: CommandOptions) {
  const operationId = await resolveOperationId(door.ctx.db, text!)
  const { targetId } = await getOperation(door.ctx.db, operationId)
  const requested = await requestDatabaseSwitch(door.ctx, {
    targetId,
    ...about(options),
    request: { operationId, back: options.back === true },
  })
  return showPlan(door, requireDone(requested))
}

/** `holdfast restores database …` and `restores switch …`: the whole database, and the name. */
export function addRestoresDatabaseCommands(restores: Command): void {
  addCommand(restores, {
    usage: 'database <target>',
    about: 'plan a whole new database from an archive, beside the live one, which stays as it is',
    options: [['--from <id>', 'the archive’s id: holdfast backups list'], reasonOption, incidentOption],
    run: planDatabase,
  })
  addCommand(restores, {
    usage: 'switch <operation>',
    about: 'plan giving the target’s name to a restored database; the one that has it is kept',
    options: [
      ['--back', 'give the name back to the database that had it before'],
      reasonOption,
      incidentOption,
    ],
    run: planSwitch,
  })
}
