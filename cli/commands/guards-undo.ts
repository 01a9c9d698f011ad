import type { Command } from 'commander'
import { addCommand, type CommandOptions, type Door, requireDone } from '#cli/command.ts'
import { journalOptions, readJournalSource, readTables } from '#cli/journal-options.ts'
import { showPlan } from '#cli/plan-operation.ts'
import { requestRestore } from '#lib/restores/request-restore.ts'
import { getTargetByName } from '#lib/targets/queries.ts'

async function undo(door: Door, [name]: string[], options: CommandOptions) {
  const target = await getTargetByName(door.ctx.db, name!)
  const requested = requireDone(
    await requestRestore(door.ctx, {
      targetId: target.id,
      reason: options.reason ?? '',
      ...(typeof options.incident === 'string' ? { incidentId: options.incident } : {}),
      request: {
        source: readJournalSource(options),
        tables: readTables(options.tables),
        rows: options.rows,
        into: 'place',
      },
    }),
  )
  return showPlan(door, requested)
}

/** `holdfast guards undo`: the short form of `restores plan --from journal`. */
export function addGuardsUndo(guards: Command): void {
  addCommand(guards, {
    usage: 'undo <target>',
    about:
      'compute what undoing a transaction or a time would put back; nothing is written before it is approved and run',
    options: [
      ...journalOptions,
      ['--tables <list>', 'only these tables, separated by commas; default: all that were touched'],
      [
        '--rows <mode>',
        'missing: only rows that are gone; changed: overwritten ones too; all: also where somebody changed them since',
        'missing',
      ],
      ['--incident <id>', 'the incident that this belongs to'],
      ['--reason <text>', 'why; kept in the record'],
    ],
    run: undo,
  })
}
