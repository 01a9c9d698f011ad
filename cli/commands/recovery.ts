import type { Command } from 'commander'
import { addCommand, type CommandOptions, type Door, requireDone } from '#cli/command.ts'
import { addRecoveryFromStoreCommand } from '#cli/commands/recovery-from-store.ts'
import { table } from '#cli/output.ts'
import { doReading, showPlan } from '#cli/plan-operation.ts'
import { givenInstant } from '#cli/rescue-options.ts'
import { AppError } from '#lib/errors.ts'
import { requestRecovery } from '#lib/recovery/request-recovery.ts'
import { requestRecoverySearch } from '#lib/recovery/request-recovery-search.ts'
import type { FormerMembership, LockedOutUser, RecoverySearch, Removal } from '#lib/recovery/types.ts'
import type { OrganizationFinding } from '#lib/targets/ownership-sql.ts'
import { getTargetByName } from '#lib/targets/queries.ts'

const text = (option: string | boolean | undefined): string | null =>
  typeof option === 'string' ? option : null

const day = (instant: string | null): string | null =>
  instant && `${instant.slice(0, 16).replace('T', ' ')} UTC`

const placeOf = ({ source, seenAt }: FormerMembership): string =>
  source.kind === 'journal' ? `journal, ${day(seenAt)}` : `${source.kind} of ${day(seenAt)}`

const removalWords: Record<Removal, string> = {
  approved: 'taken away with approval',
  earlier: 'gone before the loss',
  ended: 'ended by itself',
  organization: 'its organisation is gone',
}

const findingWords: Record<OrganizationFinding, string> = {
  ownerless: 'Nobody owns it',
  'owner-leaving': 'Its last owner is about to leave',
  'duplicate-membership': 'Held twice',
}

function rowsOf(membership: string, user: LockedOutUser) {
  const who = [user.label ?? user.user, user.user, membership, user.reason]
  const cells = (had: FormerMembership) => [
    had.organizationLabel ?? had.organization,
    had.role,
    day(had.expiresAt),
    day(had.goneAt),
    placeOf(had),
  ]
  if (user.had.length + user.removed.length === 0)
    return [[...who, 'nothing found', null, null, null, null, null]]
  return [
    ...user.had.map((had) => [...who, ...cells(had), null]),
    ...user.removed.map((had) => [...who, ...cells(had), `not lost: ${removalWords[had.removal]}`]),
  ]
}

function toText(found: RecoverySearch, name: string): string {
  const { memberships, searched, lostSince, problems, archives } = found
  const rows = memberships.flatMap((one) => one.users.flatMap((user) => rowsOf(one.name, user)))
  const living = memberships.reduce((sum, one) => sum + one.livingUsers, 0)
  const users = memberships.flatMap((one) => one.users)
  const unknown = users.filter((user) => user.had.length + user.removed.length === 0).length
  return [
    users.length === 0
      ? `None of ${living} living users of ${name} is locked out.`
      : table(['user', 'key', 'membership', 'why', 'had', 'role', 'until', 'gone', 'found in', ''], rows),
    ...memberships.flatMap(({ organizations }) =>
      organizations.flatMap(({ finding, affected, samples }) => [
        '',
        `${findingWords[finding]}: ${affected}`,
        ...samples.map(({ id, label }) => `  ${label ?? ''}  (${id})`),
      ]),
    ),
    ...problems,
    ...(users.length === 0
      ? []
      : [
          '',
          `Looked into ${searched.map(({ kind, at }) => `${kind} ${day(at)}`).join(', ') || 'nothing'}; lost means gone since ${day(lostSince)}.`,
        ]),
    ...(unknown > 0 && !archives
      ? [`Of ${unknown} nothing was found. Look into the archives too: --archives`]
      : []),
    ...(users.some((user) => user.had.length > 0)
      ? [`Give it back: holdfast recovery plan ${name} --all --reason "…"`]
      : []),
  ].join('\n')
}

async function find(door: Door, [name]: string[], options: CommandOptions) {
  const target = await getTargetByName(door.ctx.db, name!)
  const { jobRunId } = requireDone(
    await requestRecoverySearch(door.ctx, {
      targetId: target.id,
      archives: options.archives === true,
      since: givenInstant(options.since),
    }),
  )
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
        since: givenInstant(options.since),
        includeRemoved: options.includeRemoved === true,
        archives: options.archives === true ? true : null,
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
    options: [
      ['--archives', 'look into the archives too for those of whom nothing else is known; takes minutes'],
      ['--since <time>', 'when the loss began (2026-03-04T14:00Z); what was gone before is not lost'],
    ],
    run: find,
  })
  addCommand(recovery, {
    usage: 'plan <target>',
    about: 'compute what gives one or all of them access again; written only when approved and run',
    options: [
      ['--user <users>', 'key or label (e-mail); several separated by commas'],
      ['--all', 'everybody who is locked out'],
      ['--membership <name>', 'the policy’s membership rule, where there are several'],
      ['--since <time>', 'when the loss began; else a day before the incident, or a week ago'],
      ['--archives', 'archives for each of whom nothing else is known, also with --all; takes minutes'],
      ['--include-removed', 'also what was taken away with approval, or was gone before the loss'],
      ['--organization <key>', 'where nothing is found: the organisation to give'],
      ['--role <role>', 'where nothing is found: the role to give'],
      ['--incident <id>', 'the incident that this belongs to'],
      ['--reason <text>', 'why; kept in the record'],
    ],
    run: plan,
  })
  addRecoveryFromStoreCommand(recovery)
}
