import { aimRows } from '#lib/recovery/aim-rows.ts'
import type { HadRows } from '#lib/recovery/had-tables.ts'
import type { LockedOutRow } from '#lib/recovery/list-locked-out.ts'
import type { Giver, Membership } from '#lib/recovery/membership-rows.ts'
import { compareRows } from '#lib/rows/compare-rows.ts'
import { columnIn } from '#lib/rows/row-sql.ts'
import { runSql } from '#lib/rows/run-sql.ts'
import type { RowsPlan, RowsScope } from '#lib/rows/types.ts'
import { type Fragment, fragment, tableOf } from '#lib/sql/fragment.ts'
import { sameTable } from '#lib/sql/identifier.ts'

export interface ComparedHad {
  rows: RowsPlan
  /** Users, by key, for whom something is written. */
  served: string[]
  warnings: string[]
}

/** Whom the rows that would be written are about. */
async function listServed(scope: RowsScope, rows: RowsPlan, giver: Giver): Promise<Set<string>> {
  const table = rows.tables.find((one) => sameTable(one.live, giver.live))
  if (!table) return new Set()
  const of = (relation: Fragment) =>
    fragment`select ${columnIn('s', giver.user)}::text as user from ${relation} s`
  const found = await runSql<{ user: string }>(
    scope,
    fragment`${of(tableOf(table.missing.relation))} union ${of(tableOf(table.changed.relation))}`,
  )
  return new Set(found.map(({ user }) => user))
}

/** What gives people back what they had, computed beside the live rows in the caller's transaction. Writes temporary tables. */
export async function compareHad(
  scope: RowsScope,
  membership: Membership,
  had: readonly HadRows[],
  people: readonly LockedOutRow[],
  samples: number,
): Promise<ComparedHad> {
  const aimed = []
  for (const rows of had) aimed.push(await aimRows(scope, membership, rows))
  const hasKeys = had.every(({ giver, isNew }) => isNew || giver.live.key)
  const rows = await compareRows(
    scope,
    aimed.map(({ pair }) => pair),
    // A row without a key cannot be changed in its place; it goes and comes back.
    { mode: hasKeys ? 'changed' : 'all', tables: membership.all, moment: null, samples },
  )
  const [members, roles] = await Promise.all(
    [had[0], had[1]].map(async (one) => (one ? await listServed(scope, rows, one.giver) : new Set<string>())),
  )
  const served = people
    .filter(({ user, reason }) =>
      reason === 'without-role' ? roles!.has(user) || members!.has(user) : members!.has(user),
    )
    .map(({ user }) => user)
  const others = aimed.reduce((sum, one) => sum + one.othersRows, 0)
  return {
    rows,
    served,
    warnings:
      others > 0
        ? [
            `${others === 1 ? '1 row is' : `${others} rows are`} somebody else’s now and stay${others === 1 ? 's' : ''} theirs.`,
          ]
        : [],
  }
}
