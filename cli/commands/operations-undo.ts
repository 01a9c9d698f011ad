import type { Command } from 'commander'
import { addCommand, type CommandOptions, type Door, requireDone } from '#cli/command.ts'
import { showPlan } from '#cli/plan-operation.ts'
import { resolveOperationId } from '#lib/operations/queries.ts'
import { requestUndo } from '#lib/restores/undo/request-undo.ts'

async function undo(door: Door, [text]: string[], options: CommandOptions) {
  const operationId = await resolveOperationId(door.ctx.db, text!)
  const asked = { operationId, reason: options.reason ?? '', rows: options.rows }
  return showPlan(door, requireDone(await requestUndo(door.ctx, asked)))
}

/** `holdfast operations undo`: an operation's own undo, planned as any other act. */
export function addOperationsUndo(operations: Command): void {
  addCommand(operations, {
    usage: 'undo <id>',
    about: 'compute what undoing it would write; nothing is written before that is approved and run',
    options: [
      [
        '--rows <mode>',
        'changed: rows that somebody changed since stay as they are; all: they go back too',
        'changed',
      ],
      ['--reason <text>', 'why; kept in the record'],
    ],
    run: undo,
  })
}
