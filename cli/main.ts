import { resolve } from 'node:path'
import { Command, CommanderError } from 'commander'
import { reportFailure } from '#cli/command.ts'
import { assertNodeVersion } from '#cli/node-version.ts'
import { packageRoot } from '#lib/env.ts'
import { AppError } from '#lib/errors.ts'

// npm runs scripts in the package; paths that people give are meant from where they are.
if (process.env.INIT_CWD && process.env.npm_lifecycle_script?.includes('cli/main.ts')) {
  if (resolve(process.cwd()) === resolve(packageRoot)) process.chdir(process.env.INIT_CWD)
}

// Who reads the output may go first (`start | tee log` and Ctrl-C ends both): that must not end this process half-way.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
}

const json = process.argv.includes('--json')

const program = new Command('holdfast')
  .description('Prevents, detects and undoes data loss in PostgreSQL.')
  .option('--json', 'print one JSON document on stdout and nothing else', false)
  .option('--as <email>', 'act as this person; the password comes from HOLDFAST_PASSWORD or a prompt')
  .configureHelp({ showGlobalOptions: true })
  .configureOutput({ writeErr: (text) => json || process.stderr.write(text) })
  .exitOverride()

// One line per noun, in the order that help shows them. Only the one that is asked for is loaded: all of them together
// are most of the product, and take a second.
const nouns: Record<string, () => Promise<(program: Command) => void>> = {
  start: async () => (await import('#cli/commands/start.ts')).addStartCommand,
  doctor: async () => (await import('#cli/commands/doctor.ts')).addDoctorCommand,
  migrate: async () => (await import('#cli/commands/migrate.ts')).addMigrateCommand,
  targets: async () => (await import('#cli/commands/targets.ts')).addTargetsCommands,
  policy: async () => (await import('#cli/commands/policy.ts')).addPolicyCommands,
  health: async () => (await import('#cli/commands/health.ts')).addHealthCommands,
  facts: async () => (await import('#cli/commands/facts.ts')).addFactsCommands,
  guards: async () => (await import('#cli/commands/guards.ts')).addGuardsCommands,
  permits: async () => (await import('#cli/commands/permits.ts')).addPermitsCommands,
  keys: async () => (await import('#cli/commands/keys.ts')).addKeysCommands,
  backups: async () => (await import('#cli/commands/backups.ts')).addBackupsCommands,
  stores: async () => (await import('#cli/commands/stores.ts')).addStoresCommands,
  drills: async () => (await import('#cli/commands/drills.ts')).addDrillsCommands,
  demo: async () => (await import('#cli/commands/demo.ts')).addDemoCommands,
  alerts: async () => (await import('#cli/commands/alerts.ts')).addAlertsCommands,
  channels: async () => (await import('#cli/commands/channels.ts')).addChannelsCommands,
  routes: async () => (await import('#cli/commands/routes.ts')).addRoutesCommands,
  'on-call': async () => (await import('#cli/commands/on-call.ts')).addOnCallCommands,
  windows: async () => (await import('#cli/commands/windows.ts')).addWindowsCommands,
  incidents: async () => (await import('#cli/commands/incidents.ts')).addIncidentsCommands,
  performance: async () => (await import('#cli/commands/performance.ts')).addPerformanceCommands,
  deployments: async () => (await import('#cli/commands/deployments.ts')).addDeploymentsCommands,
  kit: async () => (await import('#cli/commands/kit.ts')).addKitCommands,
  restores: async () => (await import('#cli/commands/restores.ts')).addRestoresCommands,
  drift: async () => (await import('#cli/commands/drift.ts')).addDriftCommands,
  recovery: async () => (await import('#cli/commands/recovery.ts')).addRecoveryCommands,
  operations: async () => (await import('#cli/commands/operations.ts')).addOperationsCommands,
  audit: async () => (await import('#cli/commands/audit.ts')).addAuditCommands,
  status: async () => (await import('#cli/commands/status.ts')).addStatusCommands,
  tokens: async () => (await import('#cli/commands/tokens.ts')).addTokensCommands,
  users: async () => (await import('#cli/commands/users.ts')).addUsersCommands,
}

try {
  assertNodeVersion()
  const asked = process.argv.find((part, at, all) => Object.hasOwn(nouns, part) && all[at - 1] !== '--as')
  for (const noun of asked ? [asked] : Object.keys(nouns)) (await nouns[noun]!())(program)
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
