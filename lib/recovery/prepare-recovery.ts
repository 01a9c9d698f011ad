import { AppError, notFound } from '#lib/errors.ts'
import type { Operation } from '#lib/operations/types.ts'
import { type CollectScope, collectHad, type HadRows } from '#lib/recovery/collect-had.ts'
import { describeHad } from '#lib/recovery/describe-had.ts'
import { grantMembership, resolveOrganization } from '#lib/recovery/grant-membership.ts'
import type { RecoveryRequest } from '#lib/recovery/input.ts'
import { type LockedOutRow, listLockedOut } from '#lib/recovery/list-locked-out.ts'
import type { Membership } from '#lib/recovery/membership-rows.ts'
import type { LockedOutUser } from '#lib/recovery/types.ts'
import { runSql } from '#lib/rows/run-sql.ts'
import type { RowsPair } from '#lib/rows/types.ts'
import { bind, columnOf, fragment, tableOf } from '#lib/sql/fragment.ts'
import { conditionsSql } from '#lib/targets/membership-sql.ts'

export interface PreparedRecovery {
  pairs: RowsPair[]
  users: LockedOutUser[]
  unfound: string[]
}

/** A living user by key or label. Throws AppError `user-not-found`. */
async function resolveUser(scope: CollectScope, membership: Membership, text: string): Promise<string> {
  const { users, rule } = membership
  const { key, label, living } = rule.users
  const named = label ? fragment` or ${columnOf('u', label)}::text = ${bind(text)}` : fragment``
  const rows = await runSql<{ key: string; living: boolean }>(
    { sql: scope.sql, signal: scope.job.signal },
    fragment`select ${columnOf('u', key)}::text as key, ${conditionsSql(users, 'u', living)} as living from ${tableOf(users)} u
      where ${columnOf('u', key)}::text = ${bind(text)}${named} order by 2 desc limit 2`,
  )
  const alive = rows.filter((row) => row.living)
  if (alive.length === 1) return alive[0]!.key
  if (alive.length > 1)
    throw new AppError('user-ambiguous', `Several users are called “${text}”.`, {
      kind: 'refused',
      hint: 'Give the key.',
    })
  if (rows.length > 0)
    throw new AppError('user-not-living', `“${text}” was deleted or is switched off.`, {
      kind: 'refused',
      hint: 'Put the user’s own row back first, with a restore.',
    })
  throw notFound('user', text, 'Give the key or the exact label, as: holdfast recovery find TARGET')
}

async function choosePeople(
  scope: CollectScope,
  membership: Membership,
  wanted: RecoveryRequest['users'],
): Promise<LockedOutRow[]> {
  const { users: lockedOut } = await listLockedOut({ sql: scope.sql, signal: scope.job.signal }, membership)
  if (wanted === 'all') {
    if (lockedOut.length > 0) return lockedOut
    throw new AppError('nobody-locked-out', 'Every living user has access. There is nothing to give back.', {
      kind: 'refused',
    })
  }
  const chosen: LockedOutRow[] = []
  for (const text of wanted) {
    const key = await resolveUser(scope, membership, text)
    const person = lockedOut.find((one) => one.user === key)
    if (!person)
      throw new AppError('user-has-access', `“${text}” has access already. There is nothing to give back.`, {
        kind: 'refused',
      })
    if (!chosen.includes(person)) chosen.push(person)
  }
  return chosen
}

const asPair = (rows: HadRows): RowsPair => ({
  live: rows.live,
  source: {
    relation: rows.relation,
    columns: rows.live.columns.filter((column) => rows.columns.includes(column.name)),
    // It says nothing about anybody else's rows.
    within: () => fragment`false`,
  },
})

/**
 * Makes the rows that give people their access back readable beside the live ones. Throws refusals for a user or an
 * organisation that is not there, for one who has access, and where nothing was found and nothing was chosen.
 */
export async function prepareRecovery(
  scope: CollectScope,
  membership: Membership,
  operation: Operation<RecoveryRequest>,
  until: Date,
): Promise<PreparedRecovery> {
  const { request } = operation
  const people = await choosePeople(scope, membership, request.users)
  const organization = request.organization
    ? await resolveOrganization(scope, membership, request.organization)
    : null
  const had = await collectHad(scope, membership, people, { archives: true, until })
  const users = await describeHad(scope, membership, had, people)
  const unfound = users.filter((user) => user.had.length === 0).map((user) => user.user)
  const pairs = [had.members, ...(had.roles ? [had.roles] : [])].map(asPair)
  if (unfound.length < users.length) return { pairs, users, unfound }
  if (organization && request.role) {
    const granted = await grantMembership(scope, membership, {
      operationId: operation.id,
      users: unfound,
      organization,
      role: request.role,
    })
    return { pairs: granted.map(asPair), users, unfound: [] }
  }
  const who = users.length === 1 ? (users[0]!.label ?? users[0]!.user) : `${users.length} people`
  throw new AppError(
    'nothing-found',
    `Nothing was found of what ${who} had, in no journal, snapshot or archive.`,
    {
      kind: 'refused',
      hint: 'Give an organisation and a role that exist: --organization O --role R. Begin with the least that is needed.',
    },
  )
}
