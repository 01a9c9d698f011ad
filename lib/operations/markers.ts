import type postgres from 'postgres'
import { AppError } from '#lib/errors.ts'
import { loadSql } from '#lib/sql/load-sql.ts'

const installSql = loadSql(new URL('./sql/install_markers.sql', import.meta.url))

/** Makes the marker table in a target where it is missing. Safe to repeat. */
export const installMarkers = async (sql: postgres.Sql): Promise<void> => {
  await sql.unsafe(installSql)
}

const lockName = (operationId: string): string => `holdfast:operation:${operationId}`

/**
 * Makes this session the only one in the target that can still commit this operation. A session of a dead or overtaken
 * process is ended first: its transaction may still be open in the server although nobody waits for it any more.
 */
export const claimInTarget = (sql: postgres.Sql, operationId: string): Promise<void> =>
  claimName(sql, lockName(operationId))

/** Makes this session the only one in its database that holds the name; ends whoever held it before. */
export async function claimName(sql: postgres.Sql, name: string): Promise<void> {
  for (let attempt = 0; attempt < 20; attempt++) {
    const [row] = await sql<{ held: boolean }[]>`
      select pg_try_advisory_lock(hashtextextended(${name}, 0)) as held`
    if (row!.held) return
    await sql`
      select pg_terminate_backend(l.pid)
      from pg_locks l, (select hashtextextended(${name}, 0) as key) k
      where l.locktype = 'advisory' and l.granted and l.objsubid = 1 and l.pid <> pg_backend_pid()
        and l.database = (select d.oid from pg_database d where d.datname = current_database())
        and l.classid::bigint = (k.key >> 32) & 4294967295 and l.objid::bigint = k.key & 4294967295`
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
  throw new AppError('operation-in-doubt', 'An older session of this operation cannot be ended.', {
    kind: 'unavailable',
    hint: 'End it in the target: select pg_terminate_backend(pid) from pg_stat_activity where application_name like ‘holdfast:%’',
  })
}

/** Throws AppError `claim-lost` unless this very session holds the name, which it does no more after a reconnect. */
export async function assertClaimed(sql: postgres.TransactionSql, name: string): Promise<void> {
  const [claim] = await sql<{ held: boolean }[]>`
    select exists (
      select from pg_locks l, (select hashtextextended(${name}, 0) as key) k
      where l.locktype = 'advisory' and l.granted and l.objsubid = 1 and l.pid = pg_backend_pid()
        and l.classid::bigint = (k.key >> 32) & 4294967295 and l.objid::bigint = k.key & 4294967295
    ) as held`
  if (!claim!.held) {
    throw new AppError('claim-lost', 'The session that began this operation is gone; nothing was written.')
  }
}

/** Writes the marker in the operation's own transaction. Throws when this session lost its claim, e.g. by a reconnect. */
export async function writeMarker(
  transaction: postgres.TransactionSql,
  operationId: string,
  fingerprint: string,
  result: unknown,
): Promise<void> {
  await assertClaimed(transaction, lockName(operationId))
  await insertMarker(transaction, operationId, fingerprint, result)
}

/**
 * Places the marker in the database that is about to take the target's name, and takes away those of renamings that did
 * not come to pass: with them there, a later one would answer for them. The claim is held beside the database.
 */
export async function placeMarker(
  transaction: postgres.TransactionSql,
  operationId: string,
  fingerprint: string,
  result: object,
): Promise<void> {
  await transaction`delete from holdfast.operation_markers where result ? 'replacesDatabase'`
  await insertMarker(transaction, operationId, fingerprint, { ...result, replacesDatabase: true })
}

async function insertMarker(
  transaction: postgres.TransactionSql,
  operationId: string,
  fingerprint: string,
  result: unknown,
): Promise<void> {
  // Whoever reads the marker acts on it: it must not go with a crash of the server a moment later, nor the rows beside it.
  await transaction`
    select set_config('synchronous_commit', 'on', true) where current_setting('synchronous_commit') = 'off'`
  // A second run of the same operation meets the primary key and rolls back.
  await transaction`
    insert into holdfast.operation_markers (operation_id, fingerprint, result)
    values (${operationId}, ${fingerprint}, ${JSON.stringify(result ?? null)}::text::jsonb)`
}

export type Marker = { committed: true; result: unknown } | { committed: false }

/** Whether the operation's transaction committed in the target, and with what result. Claim it first. */
export async function readMarker(sql: postgres.Sql, operationId: string): Promise<Marker> {
  const [table] = await sql<{ present: boolean }[]>`
    select to_regclass('holdfast.operation_markers') is not null as present`
  if (!table!.present) return { committed: false }
  const [row] = await sql<{ result: unknown }[]>`
    select result from holdfast.operation_markers where operation_id = ${operationId}`
  return row ? { committed: true, result: row.result } : { committed: false }
}
