import type { Command } from 'commander'
import { addCommand, type CommandOptions, type Door, requireDone } from '#cli/command.ts'
import { addFromStoreCommand } from '#cli/commands/from-store.ts'
import { addRestoresDatabaseCommands } from '#cli/commands/restores-database.ts'
import { journalOptions, readJournalSource, readTables } from '#cli/journal-options.ts'
import { showPlan } from '#cli/plan-operation.ts'
import { filterOptions, readFilters } from '#cli/row-filters.ts'
import { getBackup } from '#lib/backups/queries.ts'
import { AppError } from '#lib/errors.ts'
import { requestRestore } from '#lib/restores/request-restore.ts'
import { getTargetByName } from '#lib/targets/queries.ts'

const journalFallback = '24h'

async function readSource(door: Door, options: CommandOptions) {
  const { from } = options
  if (typeof from !== 'string') {
    throw new AppError('usage', 'Say what to restore from.', {
      kind: 'invalid',
      hint: 'Add --from ID (holdfast backups list NAME) or --from journal',
    })
  }
  if (from === 'journal') return readJournalSource(options, journalFallback)
  const backup = await getBackup(door.ctx.db, from)
  return { kind: backup.kind, backupId: backup.id }
}

async function plan(door: Door, [name]: string[], options: CommandOptions) {
  const target = await getTargetByName(door.ctx.db, name!)
  const requested = requireDone(
    await requestRestore(door.ctx, {
      targetId: target.id,
      reason: options.reason ?? '',
      ...(typeof options.incident === 'string' ? { incidentId: options.incident } : {}),
      request: {
        source: await readSource(door, options),
        tables: readTables(options.tables),
        rows: options.rows,
        into: options.into,
        ...readFilters(options),
      },
    }),
  )
  return showPlan(door, requested)
}

/** `holdfast restores …`: put back only what was lost. */
export function addRestoresCommands(program: Command): void {
  const restores = program.command('restores').description('put back only what was lost')
  addCommand(restores, {
    usage: 'plan <target>',
    about: 'compute what a restore would write; nothing is written before it is approved and run',
    options: [
      ['--from <id>', 'a backup’s id, or journal: the rows that the guards kept when they were deleted'],
      ['--tables <list>', 'only these tables, separated by commas; default: all that the source has'],
      [
        '--rows <mode>',
        'missing: only rows that are gone; changed: changed ones too; all: equal to the source',
        'missing',
      ],
      ...journalOptions,
      ...filterOptions,
      ['--into <where>', 'copy: tables of their own beside the originals; place: the live tables', 'copy'],
      ['--incident <id>', 'the incident that this belongs to'],
      ['--reason <text>', 'why; kept in the record'],
    ],
    run: plan,
  })
  addRestoresDatabaseCommands(restores)
  addFromStoreCommand(restores)
}
