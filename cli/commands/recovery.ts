import type { Command } from 'commander'
import { addCommand, type CommandOptions, type Door, requireDone } from '#cli/command.ts'
import { table } from '#cli/output.ts'
import { doReading, showPlan } from '#cli/plan-operation.ts'
import { AppError } from '#lib/errors.ts'
import { requestRecovery } from '#lib/recovery/request-recovery.ts'
import { requestRecoverySearch } from '#lib/recovery/request-recovery-search.ts'
import type { LockedOutUser, RecoverySearch } from '#lib/recovery/types.ts'
import { getTargetByName } from '#lib/targets/queries.ts'

const text = (option: string | boolean | undefined): string | null =>
  typeof option === 'string' ? option : null

const placeOf = ({ source }: LockedOutUser['had'][number]): string =>
  `${source.kind}${source.backupId ? ` ${source.backupId}` : ''}`

function toText({ memberships }: RecoverySearch, name: string): string {
  const out = memberships.flatMap(({ users, name: membership }) =>
    users.flatMap((user) => {
      const who = [user.label ?? user.user, user.user, membership, user.reason]
      if (user.had.length === 0) return [[...who, 'nothing found', null, null]]
      return user.had.map((had) => [
        ...who,
        had.organizationLabel ?? had.organization,
        had.role,
        placeOf(had),
      ])
    }),
  )
  const living = memberships.reduce((sum, one) => sum + one.livingUsers, 0)
  if (out.length === 0) return `None of ${living} living users of ${name} is locked out.`
  return [
    table(['user', 'key', 'membership', 'why', 'had', 'role', 'found in'], out),
    '',
    `Give it back: holdfast recovery plan ${name} --all --reason "…"`,
  ].join('\n')
}

async function find(door: Door, [name]: string[]) {
  const target = await getTargetByName(door.ctx.db, name!)
  const { jobRunId } = requireDone(await requestRecoverySearch(door.ctx, { targetId: target.id }))
  const found = (await doReading(door, jobRunId)).result as RecoverySearch
  const users = found.memberships.flatMap((one) =>
    one.users.map((user) => ({ ...user, membership: one.name })),
  )
  return {
    json: { target: target.name, ...found, lockedOut: users.length, users },
    text: toText(found, target.name),
  }
}

async function plan(door: Door, [name]: string[], options: CommandOptions) {
  const target = await getTargetByName(door.ctx.db, name!)
  const user = text(options.user)
  if ((user === null) === !options.all) {
    throw new AppError('usage', 'Say whom: one user, or all who are locked out.', {
      kind: 'invalid',
      hint: 'Add --user KEY-OR-EMAIL, or --all',
    })
  }
  const requested = requireDone(
    await requestRecovery(door.ctx, {
      targetId: target.id,
      reason: options.reason ?? '',
      ...(text(options.incident) ? { incidentId: text(options.incident) } : {}),
      request: {
        users: user === null ? 'all' : user.split(',').map((one) => one.trim()),
        membership: text(options.membership),
        organization: text(options.organization),
        role: text(options.role),
      },
    }),
  )
  return showPlan(door, requested)
}

/** `holdfast recovery …`: locked-out people and what they had. */
export function addRecoveryCommands(program: Command): void {
  const recovery = program.command('recovery').description('give locked-out people their access back')
  addCommand(recovery, {
    usage: 'find <target>',
    about: 'who is locked out, what they had, and where that was found',
    run: find,
  })
  addCommand(recovery, {
    usage: 'plan <target>',
    about: 'compute what gives one or all of them access again; written only when approved and run',
    options: [
      ['--user <users>', 'key or label (e-mail); several separated by commas'],
      ['--all', 'everybody who is locked out'],
      ['--membership <name>', 'the policy’s membership rule, where there are several'],
      ['--organization <key>', 'where nothing is found: the organisation to give'],
      ['--role <role>', 'where nothing is found: the role to give'],
      ['--incident <id>', 'the incident that this belongs to'],
      ['--reason <text>', 'why; kept in the record'],
    ],
    run: plan,
  })
}
