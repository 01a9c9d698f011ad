import type postgres from 'postgres'
import type { Membership } from '#lib/recovery/membership-rows.ts'
import type { RecoveryReason } from '#lib/recovery/types.ts'
import { runSql } from '#lib/rows/run-sql.ts'
import { fragment, integer } from '#lib/sql/fragment.ts'
import { effectiveState, lockoutReasons, membershipCtes, rolesHeldCte } from '#lib/targets/membership-sql.ts'

export interface LockedOutRow {
  user: string
  label: string | null
  reason: RecoveryReason
}

export interface Reading {
  sql: postgres.Sql | postgres.TransactionSql
  signal?: AbortSignal | undefined
}

/** The living users whom no membership lets in, and those whose memberships give no role; worst first. */
export async function listLockedOut(
  scope: Reading,
  { rule, all }: Membership,
): Promise<{ livingUsers: number; users: LockedOutRow[] }> {
  const held = rolesHeldCte(rule, all)
  const ctes = membershipCtes(rule, all)
  const roleless = held
    ? fragment`not exists (select from roles_held h where h.user_key = u.user_key)`
    : fragment`false`
  const rows = await runSql<{ user: string | null; label: string | null; state: number; living: number }>(
    scope,
    fragment`${ctes}${held ?? fragment``}, judged as (
      select u.user_key, u.label, coalesce(b.state, 0) as state
      from users u left join best b using (user_key)
      where coalesce(b.state, 0) < ${integer(effectiveState)} or ${roleless}
    )
    select j.user_key as user, j.label, j.state, c.living
    from (select count(*)::int as living from users) c left join judged j on true
    order by j.state, j.label, j.user_key`,
  )
  return {
    livingUsers: rows[0]!.living,
    users: rows.flatMap(({ user, label, state }) =>
      user === null ? [] : [{ user, label, reason: lockoutReasons[state] ?? ('without-role' as const) }],
    ),
  }
}
