import { AppError } from '#lib/errors.ts'
import { choosePeople } from '#lib/recovery/choose-people.ts'
import { collectHad } from '#lib/recovery/collect-had.ts'
import { describeHad } from '#lib/recovery/describe-had.ts'
import type { EvidenceBook, SearchScope } from '#lib/recovery/evidence.ts'
import { grantMembership, resolveOrganization } from '#lib/recovery/grant-membership.ts'
import type { HadRows } from '#lib/recovery/had-tables.ts'
import type { RecoveryRequest } from '#lib/recovery/input.ts'
import type { LockedOutRow } from '#lib/recovery/list-locked-out.ts'
import { givingMembers, givingRoles, type Membership } from '#lib/recovery/membership-rows.ts'
import type { LockedOutUser, Removal } from '#lib/recovery/types.ts'

export interface PreparedRecovery {
  people: LockedOutRow[]
  users: LockedOutUser[]
  rows: HadRows[]
  /** What could not be looked through, and what a person should know of the chosen role. */
  warnings: string[]
}

export const removalWords: Record<Removal, string> = {
  approved: 'taken away with approval',
  earlier: 'gone before the loss',
  ended: 'ended by itself',
  organization: 'its organisation is gone',
}

const whoIs = (users: readonly LockedOutUser[]): string =>
  users.length === 1 ? (users[0]!.label ?? users[0]!.user) : `${users.length} people`

/** Why nothing is given back, and the way that is left. */
function explainNothing(users: readonly LockedOutUser[], problems: readonly string[]): AppError {
  const removed = users.flatMap((user) => user.removed)
  const kinds = [...new Set(removed.map((one) => one.removal))]
  if (kinds.length === 0)
    return new AppError(
      'nothing-found',
      `Nothing was found of what ${whoIs(users)} had, in no journal, snapshot or archive.${problems.length > 0 ? ` ${problems.join(' ')}` : ''}`,
      {
        kind: 'refused',
        hint: 'Give an organisation and a role that exist: --organization O --role R. Begin with the least that is needed.',
      },
    )
  const canBeAsked = kinds.includes('approved') || kinds.includes('earlier')
  return new AppError(
    'nothing-lost',
    `What ${whoIs(users)} had was not lost: ${kinds.map((kind) => removalWords[kind]).join(', ')}.`,
    {
      kind: 'refused',
      hint: canBeAsked
        ? 'To give it back all the same: --include-removed. If the loss began earlier: --since TIME.'
        : kinds.includes('organization')
          ? 'Put the organisation’s own row back first, with a restore.'
          : 'Give an organisation and a role that exist: --organization O --role R.',
    },
  )
}

/**
 * Finds what the chosen people had and makes it readable beside the live rows. Writes temporary tables of the session only.
 * Throws refusals for a user or an organisation that is not there, for one who has access, and where nothing is to be given.
 */
export async function prepareRecovery(
  scope: SearchScope,
  membership: Membership,
  request: RecoveryRequest,
  operationId: string,
  book: EvidenceBook,
): Promise<PreparedRecovery> {
  const people = await choosePeople(scope, membership, request.users)
  const organization = request.organization
    ? await resolveOrganization(scope, membership, request.organization)
    : null
  const had = await collectHad(scope, membership, people, book)
  const users = await describeHad(scope, membership, had, people)
  const found = users.filter((user) => user.had.length > 0)
  if (found.length > 0)
    return {
      people,
      users,
      rows: [had.members, ...(had.roles ? [had.roles] : [])],
      warnings: had.problems,
    }
  // Who was removed on purpose does not come in with everybody; a person has to name them.
  const granted = request.users === 'all' ? users.filter((user) => user.removed.length === 0) : users
  const givesRoles = (givingRoles(membership) ?? givingMembers(membership)).role !== null
  if (!organization || (givesRoles && !request.role) || granted.length === 0)
    throw explainNothing(users, had.problems)
  const given = await grantMembership(scope, membership, {
    operationId,
    users: granted.map(({ user }) => user),
    organization,
    role: request.role ?? '',
  })
  const owns = membership.rule.owners.map(String).includes(request.role ?? '')
  return {
    people,
    users,
    rows: [given.members, ...(given.roles ? [given.roles] : [])],
    warnings: owns
      ? [`“${request.role}” owns the organisation. Give it only where nobody else can.`, ...had.problems]
      : had.problems,
  }
}
