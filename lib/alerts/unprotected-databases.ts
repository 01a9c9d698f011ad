import { and, eq, isNull, or } from 'drizzle-orm'
import { serverDatabases, targets } from '#drizzle/schema/targets.ts'
import type { DbOrTx } from '#lib/db/client.ts'

/** Restored copies come and go. */
const isScratch = (name: string): boolean => name.startsWith('holdfast_scratch_')

/**
 * The databases of a target's server that no target is of and that its policy does not ignore. Null unless this is the
 * first target of its server: one server is told of once.
 */
export async function findUnprotected(db: DbOrTx, targetId: string, ignored: readonly string[]) {
  const [self] = await db.select().from(targets).where(eq(targets.id, targetId))
  if (!self) return null
  const ofServer = await db
    .select({ id: targets.id, databaseName: targets.databaseName })
    .from(targets)
    .where(
      and(
        isNull(targets.removedAt),
        or(
          self.systemIdentifier ? eq(targets.systemIdentifier, self.systemIdentifier) : undefined,
          and(eq(targets.host, self.host), eq(targets.port, self.port)),
        ),
      ),
    )
    .orderBy(targets.createdAt, targets.id)
  if (ofServer[0]?.id !== targetId) return null
  const seen = await db.select().from(serverDatabases).where(eq(serverDatabases.targetId, targetId))
  if (!seen[0]) return null
  const covered = new Set([...ofServer.map(({ databaseName }) => databaseName), ...ignored])
  const names = seen.map(({ name }) => name).filter((name) => !covered.has(name) && !isScratch(name))
  return { names: names.sort(), surveyedAt: seen[0].seenAt }
}
