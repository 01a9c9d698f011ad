import type { Command } from 'commander'
import postgres from 'postgres'
import { addCommand } from '#cli/command.ts'
import { table } from '#cli/output.ts'
import { demoUrl } from '#lib/demo/demo-urls.ts'
import { runDisaster } from '#lib/demo/run-disaster.ts'
import { runStatement } from '#lib/demo/run-statement.ts'
import { salon } from '#lib/demo/salon/database.ts'
import { AppError } from '#lib/errors.ts'

/** `holdfast demo …`: what can be done to the demo's databases, to see what Holdfast does about it. */
export function addDemoCommands(program: Command): void {
  const demo = program.command('demo').description('the demo’s databases')

  addCommand(demo, {
    usage: 'disaster',
    about: 'lose data in the demo target as a careless script would, to see what Holdfast does about it',
    async run({ say }) {
      const disaster = await runDisaster(demoUrl(salon.name), say)
      return {
        json: disaster,
        text: `The guard refused ${disaster.blocked} ${disaster.blocked === 1 ? 'statement' : 'statements'}; ${disaster.deletedRows} rows went in ${disaster.transactions} small transactions that no budget sees. ${disaster.lockedOutUsers} users are locked out. Open the console to get them back.`,
      }
    },
  })

  addCommand(demo, {
    usage: 'run <database> <statement>',
    about: 'run one SQL statement in a demo database, as its application',
    options: [['--owner', 'as the role that owns the tables, as a migration would']],
    async run(_door, [database, statement], { owner }) {
      const result = await runStatement(database!, owner ? 'owner' : 'application', statement!).catch(refused)
      const columns = Object.keys(result.returned[0] ?? {})
      const shown =
        columns.length > 0
          ? `\n\n${table(
              columns,
              result.returned.map((row) => columns.map((column) => String(row[column] ?? ''))),
            )}`
          : ''
      const count = /^(SELECT|INSERT|UPDATE|DELETE|MERGE)/.test(result.command) ? ` ${result.rows}` : ''
      return { json: result, text: `${result.command}${count}${shown}` }
    },
  })
}

/** What a database refuses is what the demo wants to show: in the database's own words, with an exit code of its own. */
function refused(error: unknown): never {
  if (!(error instanceof postgres.PostgresError)) throw error
  throw new AppError('statement-refused', `${error.code}: ${error.message}`, {
    kind: 'refused',
    hint: [error.detail, error.hint].filter(Boolean).join(' ') || null,
    cause: error,
  })
}
