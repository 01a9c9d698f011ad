import type postgres from 'postgres'
import type { Ctx } from '#lib/context.ts'
import { AppError } from '#lib/errors.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import {
  type ArchiveComparison,
  boundDifferences,
  compareWithArchive,
} from '#lib/restores/database/compare-with-archive.ts'
import type { DatabaseRef, DatabaseSwitchRequest } from '#lib/restores/database/database-types.ts'
import { assertNothingInDoubt, findSwitch, type WantedSwitch } from '#lib/restores/database/find-switch.ts'
import { readDatabaseFacts } from '#lib/restores/database/read-database-facts.ts'
import {
  assertMayChange,
  type ConnectedSessions,
  getDatabase,
  listSessions,
} from '#lib/restores/database/read-database-place.ts'
import { requireFacts } from '#lib/restores/database/require-archive.ts'
import { quoteIdentifier } from '#lib/sql/identifier.ts'
import { loadSql } from '#lib/sql/load-sql.ts'

const databaseObstaclesSql = loadSql(new URL('./sql/database_obstacles.sql', import.meta.url))

export interface ComparedSwitch {
  wanted: WantedSwitch
  leaving: DatabaseRef
  /** How the database that leaves differs from the archive. */
  left: ArchiveComparison
  /** How the one that comes does: of a fresh restore not at all. Null on the way back, where nothing is known of it. */
  came: ArchiveComparison | null
  sessions: ConnectedSessions[]
  /** Replication slots belong to the database and not to its name. */
  slots: string[]
}

const refused = (code: string, message: string, hint: string) =>
  new AppError(code, message, { kind: 'refused', hint })

async function findSlots(server: postgres.Sql, names: readonly string[]): Promise<string[]> {
  const found = await server.unsafe<{ kind: string; name: string; database: string }[]>(
    databaseObstaclesSql,
    [names as never],
  )
  const prepared = found.find(({ kind }) => kind === 'prepared transaction')
  if (prepared)
    throw refused(
      'prepared-transaction',
      `“${prepared.database}” has the prepared transaction “${prepared.name}”; PostgreSQL renames no database that has one.`,
      'In that database: commit prepared … or rollback prepared …',
    )
  const subscription = found.find(({ kind }) => kind === 'subscription')
  if (subscription)
    throw refused(
      'subscription-enabled',
      `“${subscription.database}” has the subscription ${subscription.name}, which would go on writing to it under any name.`,
      `In that database: alter subscription ${quoteIdentifier(subscription.name)} disable;`,
    )
  return found.map(({ name }) => name)
}

function assertMayEnd(sessions: readonly ConnectedSessions[], role: string): void {
  const held = sessions.find(({ mayEnd }) => !mayEnd)
  if (!held) return
  throw refused(
    'sessions-cannot-be-ended',
    `${role} may not end the sessions of ${held.role} in “${held.database}”, and no database is renamed while somebody is in it.`,
    `grant pg_signal_backend to ${quoteIdentifier(role)}; a superuser’s sessions have to be ended by a superuser.`,
  )
}

/**
 * Looks at both databases of a switch: that they are the ones that are meant, what stands in the way, and how both differ
 * from the archive. Only reads; the run does it once more. Throws AppError (kind refused) naming what helps.
 */
export async function compareSwitch(
  ctx: Ctx,
  job: JobScope,
  server: postgres.Sql,
  operation: { id: string; targetId: string; request: DatabaseSwitchRequest },
  live: string,
): Promise<ComparedSwitch> {
  const { targetId, request } = operation
  await assertNothingInDoubt(ctx.db, targetId, operation.id)
  const wanted = await findSwitch(ctx.db, targetId, request)
  const now = await getDatabase(server, live)
  if (now.oid === wanted.coming.oid)
    throw refused(
      'already-switched',
      `“${live}” is that database already.`,
      `The way back: holdfast restores switch ${wanted.restoreOperationId} --back --reason …`,
    )
  if (wanted.leaving && wanted.leaving.oid !== now.oid)
    throw refused(
      'database-replaced',
      `“${live}” is not the database any more that took the name then.`,
      'Somebody switched again since; take that back first.',
    )
  const then = await findByOid(server, wanted)
  assertMayChange([now, then])
  const names = [now.name, then.name]
  const slots = await findSlots(server, names)
  const sessions = await listSessions(server, names)
  assertMayEnd(sessions, now.role)
  const facts = await requireFacts(ctx.db, targetId, wanted.backupId)
  await job.phase('facts of live', facts.tables.length)
  const left = compareWithArchive(facts, await readDatabaseFacts(ctx, job, targetId, null))
  if (!wanted.leaving) await job.phase('facts of the restored', facts.tables.length)
  const came = wanted.leaving
    ? null
    : compareWithArchive(facts, await readDatabaseFacts(ctx, job, targetId, then.name))
  return { wanted, leaving: { name: now.name, oid: now.oid }, left, came, sessions, slots }
}

async function findByOid(server: postgres.Sql, { coming }: WantedSwitch) {
  const found = await getDatabase(server, coming.name)
  if (found.oid === coming.oid) return found
  throw refused(
    'database-replaced',
    `“${coming.name}” is another database than the one that was restored.`,
    'Restore it again.',
  )
}

/** What an approval of a switch is bound to. */
export const switchBinding = ({ wanted, leaving, left, came }: ComparedSwitch, keptAs: string) => ({
  coming: wanted.coming,
  leaving,
  keptAs,
  left: boundDifferences(left),
  came: came && boundDifferences(came),
})
