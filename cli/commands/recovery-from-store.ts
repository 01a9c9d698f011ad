import { randomUUID } from 'node:crypto'
import { createInterface } from 'node:readline/promises'
import type { Command } from 'commander'
import { addPlainCommand, type CommandOptions, type CommandResult, type GlobalOptions } from '#cli/command.ts'
import { requireGivenKeys } from '#cli/commands/from-store.ts'
import { operator } from '#cli/door.ts'
import { colors, table } from '#cli/output.ts'
import { withProgress } from '#cli/progress.ts'
import { givenInstant, givenText, readRescueOptions } from '#cli/rescue-options.ts'
import { formatActor } from '#lib/context.ts'
import { AppError, messageOf } from '#lib/errors.ts'
import { formatDuration } from '#lib/format/format-duration.ts'
import { appendEmergencyEntry, type EmergencyEntry, emergencyLogPath } from '#lib/recovery/emergency-log.ts'
import { type OpenRescue, openRescue } from '#lib/recovery/open-rescue.ts'
import { planRescue, type Rescue, runRescue } from '#lib/recovery/rescue-people.ts'
import type { RecoveryResult } from '#lib/recovery/types.ts'
import { openStoreAt } from '#lib/stores/open-store-at.ts'

const origins: Record<OpenRescue['policyFrom'], string> = {
  file: 'the policy in the file',
  archive: 'the policy that the newest archive carries',
  suggested: 'NOBODY: it was guessed from the schema of the restored archive. Read the plan twice',
}

function showPlan({ plan, fingerprint }: Rescue, opened: OpenRescue): string {
  const served = new Set(plan.served)
  const rows = plan.users
    .filter(({ user }) => served.has(user))
    .flatMap((user) =>
      user.had.map((had) => [
        user.label ?? user.user,
        user.reason,
        had.organizationLabel ?? had.organization,
        had.role,
        `${had.source.kind} of ${had.seenAt.slice(0, 16).replace('T', ' ')} UTC`,
      ]),
    )
  return [
    colors.bold(plan.summary.sentence),
    table(['user', 'why', 'had', 'role', 'found in'], rows.slice(0, 200)),
    ...(rows.length > 200 ? [`… and ${rows.length - 200} more`] : []),
    table(
      ['table', 'put back', 'repaired'],
      plan.summary.tables.map((one) => [one.table, one.missing, one.changed]),
    ),
    `Who is a member of what says ${origins[opened.policyFrom]} (${plan.membership}).`,
    ...[...opened.problems, ...plan.summary.warnings].map((warning) => colors.yellow(`WARNING: ${warning}`)),
    `fingerprint ${fingerprint}`,
  ].join('\n')
}

const loud = [
  'BREAK-GLASS: no control database, no second person. You act alone, from this host.',
  'It is written down in the target and in this host’s emergency log, and goes into the audit at the next start.',
]

async function confirm(database: string): Promise<void> {
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const typed = await lines.question(`Type the name of the database (${database}) to write this: `)
    if (typed.trim() === database) return
  } finally {
    lines.close()
  }
  throw new AppError('name-differs', 'The name is not that of the database. Nothing was written.', {
    kind: 'refused',
  })
}

const toJson = ({ plan, fingerprint }: Rescue, opened: OpenRescue, more: object) => ({
  database: opened.database,
  fingerprint,
  sentence: plan.summary.sentence,
  membership: plan.membership,
  ruleFrom: opened.policyFrom,
  lostSince: plan.lostSince,
  users: plan.users,
  served: plan.served,
  tables: plan.summary.tables,
  warnings: [...opened.problems, ...plan.summary.warnings],
  promisedRows: plan.summary.promisedRows,
  ...more,
})

async function run(
  _globals: GlobalOptions,
  _args: string[],
  options: CommandOptions,
): Promise<CommandResult> {
  const begunAt = Date.now()
  const asked = readRescueOptions(options)
  const keys = requireGivenKeys()
  const found = await openStoreAt(asked.store, {
    endpoint: givenText(options.endpoint) ?? undefined,
    region: givenText(options.region) ?? undefined,
    pathStyle: options.pathStyle === true ? true : undefined,
    allowPrivate: options.allowPrivate === true,
  })
  const say = (line: string) => process.stderr.write(`${line}\n`)
  for (const line of loud) say(colors.red(line))
  return withProgress((progress) =>
    openRescue(
      { store: found.store, keys, progress },
      {
        url: asked.url,
        targetName: givenText(options.target),
        policyFile: givenText(options.policy),
        membership: givenText(options.membership),
        since: givenInstant(options.since),
        includeRemoved: options.includeRemoved === true,
      },
      async (opened) => {
        const operationId = randomUUID()
        const rescue = await planRescue(opened.scope, opened.membership, {
          database: opened.database,
          operationId,
          request: opened.requestFor(asked.users),
          book: opened.book,
        })
        const shown = showPlan(rescue, opened)
        if (options.dryRun === true) {
          const hint = `Write it: the same with --yes --fingerprint ${rescue.fingerprint} instead of --dry-run`
          return {
            json: toJson(rescue, opened, { dryRun: true }),
            text: `${shown}\nNothing is written.\n${hint}`,
          }
        }
        if (asked.fingerprint !== null && asked.fingerprint !== rescue.fingerprint)
          throw new AppError(
            'plan-stale',
            'The plan is not the one of this fingerprint any more. Nothing was written.',
            {
              kind: 'refused',
              hint: 'Run it with --dry-run and read the new plan.',
            },
          )
        if (options.yes !== true) {
          say(shown)
          await confirm(opened.database)
        }
        const result = await write(opened, rescue, { operationId, reason: asked.reason, begunAt })
        return {
          json: toJson(rescue, opened, { operation: operationId, result }),
          text: [
            ...(options.yes === true ? [shown] : []),
            colors.green(
              `Done: ${result.access.people} have access, checked before the commit, ${formatDuration(result.access.accessAfterMs)} after you pressed return.`,
            ),
            `operation ${operationId}; what was overwritten is kept in ${result.undo?.schema ?? 'no schema'}`,
            `evidence: holdfast.operation_markers in the target, and ${emergencyLogPath()}`,
          ].join('\n'),
        }
      },
    ),
  )
}

/** Leaves a signed line before and after, so that also a rescue that was cut off is known. */
async function write(
  opened: OpenRescue,
  rescue: Rescue,
  of: { operationId: string; reason: string; begunAt: number },
): Promise<RecoveryResult> {
  const actor = formatActor(operator())
  const entry: EmergencyEntry = {
    id: of.operationId,
    at: new Date().toISOString(),
    phase: 'begun',
    act: rescue.plan.summary.sentence,
    actor,
    reason: of.reason,
    database: opened.place,
    detail: {
      people: rescue.plan.served.length,
      rows: rescue.plan.summary.promisedRows,
      fingerprint: rescue.fingerprint,
      ruleFrom: opened.policyFrom,
    },
  }
  await appendEmergencyEntry(opened.keys, entry)
  const end = (phase: EmergencyEntry['phase'], more: object) =>
    appendEmergencyEntry(opened.keys, {
      ...entry,
      at: new Date().toISOString(),
      phase,
      detail: { ...entry.detail, ...more },
    })
  let result: RecoveryResult
  try {
    result = await runRescue(opened.session, opened.membership, rescue, {
      database: opened.database,
      operationId: of.operationId,
      begunAt: of.begunAt,
      evidence: { actor, host: operator().host, reason: of.reason, at: entry.at },
    })
  } catch (error) {
    await end('failed', { error: messageOf(error) })
    throw error
  }
  await end('done', { accessAfterMs: result.access.accessAfterMs, undo: result.undo?.schema ?? null })
  return result
}

/** `holdfast recovery from-store`: access back when Holdfast’s own database is gone. */
export function addRecoveryFromStoreCommand(recovery: Command): void {
  addPlainCommand(recovery, {
    usage: 'from-store',
    about: 'give access back with no control database: from a store, the key and the target alone',
    options: [
      ['--store <place>', 'the archives: a directory, or s3://bucket/prefix'],
      [
        '--url <url>',
        'the database (or HOLDFAST_TARGET_URL, which keeps the password out of the process list)',
      ],
      ['--target <name>', 'what the database is called in the store, where it does not say so itself'],
      ['--user <users>', 'key or label (e-mail); several separated by commas'],
      ['--all', 'everybody who is locked out'],
      ['--membership <name>', 'the membership rule, where there are several'],
      ['--policy <file>', 'a policy that says who is a member of what; else the archive’s own'],
      ['--since <time>', 'when the loss began; else a week ago'],
      ['--include-removed', 'also what was taken away with approval, or was gone before the loss'],
      ['--reason <text>', 'why; kept in the target and in the emergency log'],
      ['--dry-run', 'show the plan and its fingerprint; writes nothing'],
      ['--yes', 'ask nothing; needs --fingerprint'],
      ['--fingerprint <hex>', 'of the plan that you have read'],
      ['--endpoint <url>', 'the S3 server, where it is not AWS'],
      ['--region <region>', 'the S3 region'],
      ['--path-style', 'endpoint/bucket/key; usual with --endpoint'],
      ['--allow-private', 'the endpoint may be in a private network'],
    ],
    run,
  })
}
