import type { Command } from 'commander'
import { addCommand, doJob, requireDone } from '#cli/command.ts'
import { colors, paintState, table } from '#cli/output.ts'
import { proveStepUp } from '#lib/auth/prove-step-up.ts'
import { addTarget } from '#lib/targets/add-target.ts'
import { listTargetHolders } from '#lib/targets/hold-target.ts'
import type { Preflight } from '#lib/targets/preflight.ts'
import { getTargetByName, listTargetSummaries, removalOf, type TargetSummary } from '#lib/targets/queries.ts'
import { removeTarget } from '#lib/targets/remove-target.ts'
import { requestTargetCheck } from '#lib/targets/request-target-check.ts'
import { setCredential } from '#lib/targets/set-credential.ts'

const toJson = ({ name, environment, serverVersion, tables, status, ...rest }: TargetSummary) => ({
  name,
  kind: rest.kind,
  environment,
  serverVersion,
  tables,
  status,
  id: rest.id,
  host: rest.host,
  port: rest.port,
  databaseName: rest.databaseName,
  policyVersion: rest.policyVersion,
  statusAt: rest.statusAt,
})

const rowOf = (target: TargetSummary) => [
  target.name,
  target.kind === 'control' ? 'Holdfast’s own' : target.environment,
  `${target.host}:${target.port}/${target.databaseName}`,
  target.serverVersion,
  target.tables,
  paintState(target.status),
]

const head = ['name', 'environment', 'place', 'version', 'tables', 'status']

const checkLine = ({ name, ok, advisory, message, hint }: Preflight['checks'][number]): string => {
  const mark = ok ? colors.green('ok  ') : advisory ? colors.yellow('note') : colors.red('FAIL')
  const help = hint ? `\n${hint.replace(/^/gm, '       ')}` : ''
  return `${mark}  ${colors.bold(name)}: ${message}${help}`
}

export function addTargetsCommands(program: Command): void {
  const targets = program.command('targets').description('the databases that Holdfast protects')

  addCommand(targets, {
    usage: 'add <name>',
    about: 'register a database; connects first and stores nothing when that fails',
    options: [
      ['--url <url>', 'postgresql://user:password@host:5432/database (or HOLDFAST_TARGET_URL)'],
      ['--environment <environment>', 'production, staging or development', 'production'],
    ],
    async run({ ctx, say }, [name], options) {
      // The environment variable keeps the password out of the process list.
      const url = options.url ?? process.env.HOLDFAST_TARGET_URL ?? ''
      const added = requireDone(await addTarget(ctx, { name, url, environment: options.environment }))
      for (const warning of added.warnings) say(`WARNING: ${warning}`)
      const { warnings, ...target } = added
      return {
        json: { ...target, warnings },
        text: `${added.name} (${added.environment}): PostgreSQL ${added.serverVersion}, ${added.tables} tables. Its first policy is the suggested one; see: holdfast policy show ${added.name}`,
      }
    },
  })

  addCommand(targets, {
    usage: 'list',
    about: 'every target',
    async run({ ctx }) {
      const all = await listTargetSummaries(ctx.db)
      return {
        json: { targets: all.map(toJson) },
        text:
          all.length > 0
            ? table(head, all.map(rowOf))
            : 'Nothing is protected yet. Add a database: holdfast targets add NAME --url postgresql://…',
      }
    },
  })

  addCommand(targets, {
    usage: 'show <name>',
    about: 'one target, and who works on it right now',
    async run({ ctx }, [name]) {
      const { id } = await getTargetByName(ctx.db, name!)
      const target = (await listTargetSummaries(ctx.db)).find((candidate) => candidate.id === id)!
      const holders = await listTargetHolders(ctx.db, id)
      const lines = holders.map(
        ({ purpose, mode, heldBy, subjectId, since }) =>
          `${mode === 'write' ? 'held alone' : 'being read'} by ${purpose} ${subjectId} (${heldBy}) since ${since.toISOString()}`,
      )
      return {
        json: { ...toJson(target), holders },
        text: [table(head, [rowOf(target)]), ...lines].join('\n'),
      }
    },
  })

  addCommand(targets, {
    usage: 'remove <name>',
    about: 'stop protecting a target: forget its credentials, keep its history and archives',
    options: [['--reason <text>', 'why, for the audit']],
    async run({ ctx }, [name], { reason }) {
      // The password given to `--as` a moment ago is the proof; the operator needs none.
      if (ctx.actor.kind === 'user') requireDone(await proveStepUp(ctx, { boundTo: removalOf(name!) }))
      const { id } = requireDone(await removeTarget(ctx, { name, typedName: name, reason }))
      return { json: { id, name, status: 'removed' }, text: `${name} is removed. Its history stays.` }
    },
  })

  addCommand(targets, {
    usage: 'check <name>',
    about: 'preflight: reach it, and see what each role lacks for its work',
    async run(door, [name]) {
      const { jobRunId } = requireDone(await requestTargetCheck(door.ctx, { name }))
      const preflight = (await doJob(door, jobRunId)).result as Preflight
      return {
        json: preflight,
        text: preflight.checks.map(checkLine).join('\n'),
        exit: preflight.ok ? 0 : 3,
      }
    },
  })

  addCommand(targets, {
    usage: 'credential <name> <role>',
    about: 'give a role (watch, backup, restore, guard, owner) its own URL in a target',
    options: [
      ['--url <url>', 'the role’s URL (or HOLDFAST_TARGET_URL)'],
      ['--moved', 'the database was moved or restored elsewhere: the owner’s URL says where it is now'],
    ],
    async run({ ctx }, [name, role], options) {
      const url = options.url ?? process.env.HOLDFAST_TARGET_URL ?? ''
      const set = requireDone(await setCredential(ctx, { name, role, url, moved: options.moved === true }))
      return { json: { name, ...set }, text: `${role} works in ${name} as ${set.roleName} from now on.` }
    },
  })
}
