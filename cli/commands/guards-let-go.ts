import type { Command } from 'commander'
import { addCommand } from '#cli/command.ts'
import { table } from '#cli/output.ts'
import { watchTarget } from '#lib/guards/collect-guard-events.ts'
import { listGuardEvents } from '#lib/guards/event-queries.ts'
import { findUndo } from '#lib/restores/journal/find-undo.ts'
import { listUndos } from '#lib/restores/journal/list-undos.ts'
import { getTargetByName } from '#lib/targets/queries.ts'

/** `holdfast guards let-go`: what `guards undo` can be asked for, transaction by transaction. */
export function addGuardsLetGo(guards: Command): void {
  addCommand(guards, {
    usage: 'let-go <target>',
    about:
      'what was deleted or overwritten within the budgets, with the transaction to undo and the operation that undid it',
    options: [['--limit <number>', 'the newest so many', '50']],
    async run({ ctx }, [name], { limit }) {
      const target = await getTargetByName(ctx.db, name!)
      await watchTarget(ctx, target.id)
      const size = Math.min(Math.max(Number(limit) || 50, 1), 1_000)
      const page = await listGuardEvents(ctx.db, target.id, { lane: 'let-go' }, { size })
      const undos = await listUndos(ctx.db, target.id)
      const events = page.events
        .filter((event) => event.kind !== 'tampered')
        .map((event) => ({
          ...event,
          undoneBy: findUndo(undos, { ...event, isOverwritten: event.kind === 'overwritten' }),
        }))
      return {
        json: { target: name, count: events.length, events },
        text:
          events.length === 0
            ? 'Nothing was let go so far.'
            : table(
                ['at', 'table', 'what', 'rows', 'role', 'application', 'transaction', 'undone by'],
                events.map((event) => [
                  event.at.toISOString(),
                  event.table,
                  event.kind,
                  event.rows,
                  event.role,
                  event.application,
                  event.transactionId,
                  event.undoneBy?.slice(0, 8),
                ]),
              ),
      }
    },
  })
}
