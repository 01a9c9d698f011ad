import type { Command } from 'commander'
import { addCommand } from '#cli/command.ts'
import { table } from '#cli/output.ts'
import { readFacts } from '#lib/facts/read-facts.ts'
import { formatTable } from '#lib/sql/identifier.ts'
import { withTarget } from '#lib/targets/open-target.ts'
import { getTargetByName } from '#lib/targets/queries.ts'

/** `holdfast facts read`: what a copy must equal to be called proven, of the live database. */
export function addFactsCommands(program: Command): void {
  const facts = program.command('facts').description('rows and checksum of every table')
  addCommand(facts, {
    usage: 'read <target>',
    about: 'count and checksum every table of a target, all at one moment; only reads',
    async run({ ctx }, [name]) {
      const target = await getTargetByName(ctx.db, name!)
      const found = await withTarget(ctx, target.id, 'backup', { purpose: 'facts read' }, ({ sql }) =>
        sql.begin('isolation level repeatable read read only', (session) => readFacts(session)),
      )
      const tables = found.tables.map((entry) => ({
        table: formatTable(entry),
        rows: entry.rows,
        checksum: entry.checksum,
      }))
      const { takenAt, schemaFingerprint, notCovered } = found
      return {
        json: { takenAt, schemaFingerprint, tables, notCovered },
        text: table(
          ['table', 'rows', 'checksum'],
          tables.map((entry) => [entry.table, entry.rows, entry.checksum]),
        ),
      }
    },
  })
}
