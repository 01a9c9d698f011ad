import { resolve } from 'node:path'
import { Command, CommanderError } from 'commander'
import { reportFailure } from '#cli/command.ts'
import { addAlertsCommands } from '#cli/commands/alerts.ts'
import { addAuditCommands } from '#cli/commands/audit.ts'
import { addBackupsCommands } from '#cli/commands/backups.ts'
import { addDemoCommands } from '#cli/commands/demo.ts'
import { addDeploymentsCommands } from '#cli/commands/deployments.ts'
import { addDoctorCommand } from '#cli/commands/doctor.ts'
import { addDrillsCommands } from '#cli/commands/drills.ts'
import { addFactsCommands } from '#cli/commands/facts.ts'
import { addGuardsCommands } from '#cli/commands/guards.ts'
import { addHealthCommands } from '#cli/commands/health.ts'
import { addIncidentsCommands } from '#cli/commands/incidents.ts'
import { addMigrateCommand } from '#cli/commands/migrate.ts'
import { addOperationsCommands } from '#cli/commands/operations.ts'
import { addPerformanceCommands } from '#cli/commands/performance.ts'
import { addPolicyCommands } from '#cli/commands/policy.ts'
import { addRecoveryCommands } from '#cli/commands/recovery.ts'
import { addRestoresCommands } from '#cli/commands/restores.ts'
import { addStartCommand } from '#cli/commands/start.ts'
import { addTargetsCommands } from '#cli/commands/targets.ts'
import { addUsersCommands } from '#cli/commands/users.ts'
import { assertNodeVersion } from '#cli/node-version.ts'
import { packageRoot } from '#lib/env.ts'
import { AppError } from '#lib/errors.ts'

// npm runs scripts in the package; paths that people give are meant from where they are.
if (process.env.INIT_CWD && process.env.npm_lifecycle_script?.includes('cli/main.ts')) {
  if (resolve(process.cwd()) === resolve(packageRoot)) process.chdir(process.env.INIT_CWD)
}

const json = process.argv.includes('--json')

const program = new Command('holdfast')
  .description('Prevents, detects and undoes data loss in PostgreSQL.')
  .option('--json', 'print one JSON document on stdout and nothing else', false)
  .option('--as <email>', 'act as this person; the password comes from HOLDFAST_PASSWORD or a prompt')
  .configureHelp({ showGlobalOptions: true })
  .configureOutput({ writeErr: (text) => json || process.stderr.write(text) })
  .exitOverride()

// One line per noun, in the order that help shows them.
addStartCommand(program)
addDoctorCommand(program)
addMigrateCommand(program)
addTargetsCommands(program)
addPolicyCommands(program)
addHealthCommands(program)
addFactsCommands(program)
addGuardsCommands(program)
addBackupsCommands(program)
addDrillsCommands(program)
addDemoCommands(program)
addAlertsCommands(program)
addIncidentsCommands(program)
addPerformanceCommands(program)
addDeploymentsCommands(program)
addRestoresCommands(program)
addRecoveryCommands(program)
addOperationsCommands(program)
addAuditCommands(program)
addUsersCommands(program)

try {
  assertNodeVersion()
  await program.parseAsync()
} catch (thrown) {
  process.exitCode = await failed(thrown)
}
// Timers of the queue library and idle sockets must not keep a finished command alive.
process.exit()

async function failed(thrown: unknown): Promise<number> {
  if (!(thrown instanceof CommanderError)) return reportFailure(thrown, json)
  if (thrown.exitCode === 0) return 0
  if (thrown.code === 'commander.help') return 2
  const message = thrown.message.replace(/^error: /, '')
  if (!json) return 2
  return reportFailure(new AppError('usage', message, { kind: 'invalid', hint: 'holdfast --help' }), true)
}
