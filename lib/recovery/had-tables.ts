import { randomBytes } from 'node:crypto'
import type { SearchScope } from '#lib/recovery/evidence.ts'
import type { LockedOutRow } from '#lib/recovery/list-locked-out.ts'
import type { Giver } from '#lib/recovery/membership-rows.ts'
import type { RecoverySource } from '#lib/recovery/types.ts'
import { temporary } from '#lib/rows/row-sql.ts'
import { runSql } from '#lib/rows/run-sql.ts'
import { bind, columnOf, fragment, join, name, tableOf } from '#lib/sql/fragment.ts'
import type { TableName } from '#lib/sql/identifier.ts'

/** Rows that let users in once, in a temporary table of the session, and what is known of each. */
export interface HadRows {
  giver: Giver
  relation: TableName
  /** Columns that every source that gave rows has. */
  columns: string[]
  /** Made for people of whom nothing was found: no live row is meant by them. */
  isNew?: boolean
}

export interface Had {
  members: HadRows
  roles: HadRows | null
  sources: RecoverySource[]
  problems: string[]
}

/** Columns of a HadRows' relation beside the table's own. */
export const hadColumns = {
  user: 'holdfast_user',
  organization: 'holdfast_organization',
  /** Index into the sources. */
  source: 'holdfast_source',
  /** When it was seen in force for the last time. */
  at: 'holdfast_at',
  /** From when on it certainly was not. */
  gone: 'holdfast_gone',
  act: 'holdfast_act',
  operation: 'holdfast_operation',
  /** Why it is not given back; null: it is. */
  removal: 'holdfast_removal',
} as const

export interface Searching extends SearchScope {
  people: TableName
}

const randomName = (what: string): TableName =>
  temporary(`holdfast_${what}_${randomBytes(5).toString('hex')}`)

/** An empty table for rows of this kind. */
export async function makeHad(scope: SearchScope, giver: Giver): Promise<HadRows> {
  const relation = randomName('had')
  const columns = giver.live.columns
    .filter((column) => column.generated !== 'stored')
    .map((column) => column.name)
  await runSql(
    scope,
    fragment`create temporary table ${name(relation.name)} as select ${join(
      columns.map((column) => columnOf('t', column)),
      ', ',
    )}, null::text as holdfast_user, null::text as holdfast_organization, 0 as holdfast_source,
      null::timestamptz as holdfast_at, null::timestamptz as holdfast_gone, null::text as holdfast_act,
      null::text as holdfast_operation, null::text as holdfast_removal from ${tableOf(giver.live)} t where false`,
  )
  return { giver, relation, columns }
}

/** Who is looked for, and of whom something was found. */
export async function makePeople(scope: SearchScope, people: readonly LockedOutRow[]): Promise<TableName> {
  const relation = randomName('people')
  const list = JSON.stringify(people.map(({ user, reason }) => ({ user_key: user, reason })))
  await runSql(
    scope,
    fragment`create temporary table ${name(relation.name)} (user_key text primary key, reason text not null, members_found boolean not null default false, roles_found boolean not null default false)`,
  )
  await runSql(
    scope,
    fragment`insert into ${tableOf(relation)} (user_key, reason) select user_key, reason from jsonb_to_recordset(${bind(list)}::jsonb) p (user_key text, reason text)`,
  )
  await runSql(scope, fragment`analyze ${tableOf(relation)}`)
  return relation
}
