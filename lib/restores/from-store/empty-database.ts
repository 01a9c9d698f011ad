import type postgres from 'postgres'
import { AppError } from '#lib/errors.ts'
import { loadSql } from '#lib/sql/load-sql.ts'
import { identifyTarget, type TargetIdentity } from '#lib/targets/identify-target.ts'
import { connectToUrl } from '#lib/targets/open-target.ts'

const listContentSql = loadSql(new URL('./sql/list_content.sql', import.meta.url))

const markStart = 'holdfast: unfinished restore of '

/** The comment on a database that says that it is not whole (yet). */
export const unfinishedMark = (what: string): string => `${markStart}${what}`

/** What a database says of a restore into it that did not come to its end; null when there is none. */
export async function findUnfinishedRestore(session: postgres.Sql): Promise<string | null> {
  const [row] = await session<{ comment: string | null }[]>`
    select pg_catalog.shobj_description(d.oid, 'pg_database') as comment
    from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()`
  return row?.comment?.startsWith(markStart) ? row.comment.slice(markStart.length) : null
}

/** Says in the database itself that it is not whole (yet); null says that it is. Safe to repeat. */
export async function markUnfinished(session: postgres.Sql, what: string | null): Promise<void> {
  const [row] = await session<{ statement: string }[]>`
    select pg_catalog.format('comment on database %I is %L', pg_catalog.current_database(),
      ${what === null ? null : unfinishedMark(what)}::text) as statement`
  await session.unsafe(row!.statement)
}

/** Throws AppError `restore-unfinished` when the database says so: nothing may be built on a part of one. */
export async function assertNotUnfinished(url: string): Promise<void> {
  const session = connectToUrl(url, 'watch', { purpose: 'restore mark' })
  try {
    const unfinished = await findUnfinishedRestore(session)
    if (unfinished === null) return
    throw new AppError(
      'restore-unfinished',
      `The database holds a part of ${unfinished}: a restore was cut off.`,
      {
        kind: 'refused',
        hint: 'Repeat it into an empty database: holdfast restores from-store STORE --control',
      },
    )
  } finally {
    await session.end({ timeout: 5 })
  }
}

/** The restore came to its end, and the database is whole. Safe to repeat. */
export async function forgetUnfinished(url: string): Promise<void> {
  const session = connectToUrl(url, 'owner', { purpose: 'restore mark' })
  try {
    await markUnfinished(session, null)
  } finally {
    await session.end({ timeout: 5 })
  }
}

/**
 * Demands a database that holds nothing, so that a restore can overwrite nothing. Throws AppError `database-not-empty`
 * naming what is there, or `restore-unfinished` where an earlier restore was cut off.
 */
export async function assertEmpty(session: postgres.Sql): Promise<TargetIdentity> {
  const identity = await identifyTarget(session)
  const found = await session.unsafe<{ what: string; name: string }[]>(listContentSql)
  if (identity.isStandby) {
    throw new AppError('database-standby', 'This server is a standby: nothing can be restored there.', {
      kind: 'refused',
      hint: 'Give the URL of a database on its primary.',
    })
  }
  if (found.length === 0) return identity
  const unfinished = await findUnfinishedRestore(session)
  const name = identity.databaseName
  if (unfinished !== null) {
    throw new AppError(
      'restore-unfinished',
      `“${name}” holds a part of ${unfinished}: a restore into it was cut off.`,
      { kind: 'refused', hint: `Drop it, make it again, and repeat: drop database … ; create database …` },
    )
  }
  const shown = found.slice(0, 3).map((one) => `${one.what} ${one.name}`)
  const more = found.length > shown.length ? ', …' : ''
  throw new AppError('database-not-empty', `“${name}” is not empty: ${shown.join(', ')}${more}.`, {
    kind: 'refused',
    hint: 'Give a new, empty database: create database NAME template template0;',
  })
}
