import { AppError, notFound } from '#lib/errors.ts'
import type { RecoveryRequest } from '#lib/recovery/input.ts'
import { type LockedOutRow, listLockedOut, type Reading } from '#lib/recovery/list-locked-out.ts'
import { type Membership, rowsOfTexts } from '#lib/recovery/membership-rows.ts'
import { runSql } from '#lib/rows/run-sql.ts'
import { columnOf, fragment, tableOf } from '#lib/sql/fragment.ts'
import { conditionsSql } from '#lib/targets/membership-sql.ts'

interface NamedUser {
  text: string
  key: string
  living: boolean
}

const refused = (code: string, message: string, hint?: string) =>
  new AppError(code, message, { kind: 'refused', ...(hint ? { hint } : {}) })

/** The living users that texts name, by key or label. Throws AppError `user-not-found`, `user-not-living`, `user-ambiguous`. */
async function resolveUsers(
  scope: Reading,
  { users, rule }: Membership,
  wanted: readonly string[],
): Promise<Map<string, string>> {
  const { key, label, living } = rule.users
  const keyText = fragment`${columnOf('u', key)}::text`
  const named = label
    ? fragment` union select w.text, ${keyText}, ${conditionsSql(users, 'u', living)} from wanted w join ${tableOf(users)} u on ${columnOf('u', label)}::text = w.text`
    : fragment``
  const rows = await runSql<NamedUser>(
    scope,
    fragment`with wanted as (select x as text from ${rowsOfTexts(wanted)} x (x))
      select w.text, ${keyText} as key, ${conditionsSql(users, 'u', living)} as living from wanted w join ${tableOf(users)} u on ${keyText} = w.text${named}`,
  )
  const byText = new Map<string, NamedUser[]>()
  for (const row of rows) byText.set(row.text, [...(byText.get(row.text) ?? []), row])
  return new Map(
    wanted.map((text) => {
      const found = byText.get(text) ?? []
      const alive = [...new Set(found.filter((one) => one.living).map((one) => one.key))]
      if (alive.length === 1) return [text, alive[0]!]
      if (alive.length > 1)
        throw refused('user-ambiguous', `Several users are called “${text}”.`, 'Give the key.')
      if (found.length > 0)
        throw refused(
          'user-not-living',
          `“${text}” was deleted or is switched off.`,
          'Put the user’s own row back first, with a restore.',
        )
      throw notFound('user', text, 'Give the key or the exact label, as: holdfast recovery find TARGET')
    }),
  )
}

/**
 * Those of the wanted who are locked out. Throws refusals for unknown users and for those who have access; `nobody-locked-out`
 * where everybody was wanted and nobody is.
 */
export async function choosePeople(
  scope: Reading,
  membership: Membership,
  wanted: RecoveryRequest['users'],
): Promise<LockedOutRow[]> {
  const { users: lockedOut } = await listLockedOut(scope, membership)
  if (wanted === 'all') {
    if (lockedOut.length > 0) return lockedOut
    throw refused('nobody-locked-out', 'Every living user has access. There is nothing to give back.')
  }
  const byKey = new Map(lockedOut.map((person) => [person.user, person]))
  const keys = await resolveUsers(scope, membership, wanted)
  const chosen = new Set<LockedOutRow>()
  for (const [text, key] of keys) {
    const person = byKey.get(key)
    if (!person)
      throw refused('user-has-access', `“${text}” has access already. There is nothing to give back.`)
    chosen.add(person)
  }
  return [...chosen]
}
