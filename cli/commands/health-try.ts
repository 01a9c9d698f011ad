import type { Command } from 'commander'
import { addCommand, requireDone } from '#cli/command.ts'
import { findingText } from '#cli/finding-text.ts'
import { paintState } from '#cli/output.ts'
import { readDocument } from '#cli/read-document.ts'
import { AppError } from '#lib/errors.ts'
import { tryCheck } from '#lib/health/try-check.ts'

/** From `--sql`, or a file that holds one entry of the policy’s `checks`. */
function checkFrom(file: string | undefined, sql: unknown): unknown {
  if (typeof sql === 'string' && file === undefined) return { name: 'tried', title: 'Tried', sql }
  if (file !== undefined && sql === undefined) return readDocument(file)
  throw new AppError('check-not-given', 'Give either a file or --sql.', {
    kind: 'invalid',
    hint: "holdfast health try NAME --sql 'select id from public.orders where total < 0'",
  })
}

export function addHealthTryCommand(health: Command): void {
  addCommand(health, {
    usage: 'try <target> [file]',
    about:
      'run one SQL check once, before it goes into the policy (JSON as in “checks”; - reads standard input)',
    options: [['--sql <statement>', 'the statement alone; healthy when it finds no row']],
    async run({ ctx }, [name, file], { sql }) {
      const finding = requireDone(await tryCheck(ctx, { name, check: checkFrom(file, sql) }))
      const took = finding.durationMs === null ? '' : ` in ${finding.durationMs.toFixed(0)} ms`
      return {
        json: finding,
        text: `${findingText(finding, 20)}\n\n${paintState(finding.status)}${took}. Nothing is kept; put it into the policy’s “checks” to have it run.`,
        exit: finding.status === 'healthy' ? 0 : 3,
      }
    },
  })
}
