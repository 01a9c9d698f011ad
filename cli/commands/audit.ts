import type { Command } from 'commander'
import { addCommand, type CommandOptions, requireDone } from '#cli/command.ts'
import { exportAudit } from '#lib/audit/export-audit.ts'
import { verifyAudit } from '#lib/audit/verify-audit.ts'

const filterNames = ['actor', 'action', 'outcome', 'target', 'subject', 'from', 'until'] as const

const filterOf = (options: CommandOptions) =>
  Object.fromEntries(filterNames.flatMap((name) => (options[name] ? [[name, options[name]]] : [])))

/** `holdfast audit …`: who did what, and whether the record still holds. */
export function addAuditCommands(program: Command): void {
  const audit = program.command('audit').description('who did what, in a chain that shows any change')

  addCommand(audit, {
    usage: 'verify',
    about: 'walk the whole chain; exit code 3 when it does not hold',
    async run({ ctx }) {
      const found = requireDone(await verifyAudit(ctx, {}))
      return {
        json: found,
        text: found.ok
          ? `The chain holds: ${found.entries} entries.`
          : `The chain is broken at entry ${found.firstBroken}.\nHINT: entries from there on may have been changed, removed or inserted; compare with an exported copy.`,
        exit: found.ok ? 0 : 3,
      }
    },
  })

  addCommand(audit, {
    usage: 'export',
    about: 'print the entries, newest first: JSON lines, or CSV',
    options: [
      ['--format <format>', 'jsonl or csv', 'jsonl'],
      ['--actor <text>', 'part of who acted'],
      ['--action <action>', 'the action or its noun: operations.run, operations'],
      ['--outcome <outcome>', 'done, refused or failed'],
      ['--target <name>', 'the target it was about'],
      ['--subject <subject>', 'what it was about: operation:<id>, user:<e-mail>'],
      ['--people', 'leave out what the worker did by itself'],
      ['--from <time>', 'ISO 8601, inclusive'],
      ['--until <time>', 'ISO 8601, exclusive'],
    ],
    async run({ ctx, json, say }, _args, options) {
      const format = json ? 'jsonl' : options.format
      const parts: string[] = []
      let before: number | null = null
      do {
        const part: { content: string; before: number | null } = requireDone(
          await exportAudit(ctx, {
            ...filterOf(options),
            ...(options.people ? { people: true } : {}),
            format,
            ...(before ? { before } : {}),
          }),
        )
        // Only the first part of a CSV carries the header.
        parts.push(format === 'csv' && before ? part.content.replace(/^.*\r\n/, '') : part.content)
        before = part.before
      } while (before !== null)
      const lines = parts.join('')
      if (!json) {
        say(`${lines === '' ? 0 : lines.trimEnd().split('\n').length - (format === 'csv' ? 1 : 0)} entries`)
        return { json: null, text: lines }
      }
      const entries = lines.split('\n').filter(Boolean)
      return { json: { entries: entries.map((line) => JSON.parse(line) as unknown) }, text: '' }
    },
  })
}
