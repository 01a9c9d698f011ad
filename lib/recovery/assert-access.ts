import { AppError } from '#lib/errors.ts'
import { listLockedOut, type Reading } from '#lib/recovery/list-locked-out.ts'
import type { Membership } from '#lib/recovery/membership-rows.ts'
import type { LockedOutUser } from '#lib/recovery/types.ts'

export interface AccessPromise {
  users: readonly LockedOutUser[]
  /** Keys of those who were promised access. */
  served: readonly string[]
  /** Keys of those who were out before. Null: it is not known any more. */
  before: ReadonlySet<string> | null
}

/**
 * Demands that everybody who was promised access has it, and that nobody lost it. Call it in the writing transaction, so that
 * what does not hold is never committed. Throws AppError `still-locked-out` or `locks-others-out`.
 */
export async function assertAccess(
  scope: Reading,
  membership: Membership,
  { users, served, before }: AccessPromise,
): Promise<void> {
  const { users: out } = await listLockedOut(scope, membership)
  const reasons = new Map(out.map((person) => [person.user, person.reason]))
  const known = new Map(users.map((user) => [user.user, user]))
  const nameOf = (user: string) => known.get(user)?.label ?? user
  const still = served.filter((user) => {
    const reason = reasons.get(user)
    if (reason === undefined) return false
    const had = known.get(user)?.had ?? []
    // Where no role was known, none was promised.
    return !(reason === 'without-role' && had.length > 0 && had.every((one) => one.role === null))
  })
  if (still.length > 0)
    throw new AppError('still-locked-out', `Still locked out: ${still.map(nameOf).slice(0, 10).join(', ')}.`)
  const newly = before ? out.filter(({ user }) => !before.has(user)) : []
  if (newly.length > 0)
    throw new AppError(
      'locks-others-out',
      `It would lock others out: ${newly
        .map((one) => one.label ?? one.user)
        .slice(0, 10)
        .join(', ')}.`,
      { hint: 'Nothing was written.' },
    )
}
