import { and, eq, gt, isNull, or, sql } from 'drizzle-orm'
import { targets } from '#drizzle/schema/targets.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import type { Target } from '#lib/targets/types.ts'

/**
 * Whether what a target stands for is production: it says so itself, or the same database is (or was within a week)
 * registered as production under any name. Else a second registration would be the way around the second person.
 */
export async function isProduction(db: DbOrTx, { id, environment }: Target): Promise<boolean> {
  if (environment === 'production') return true
  const own = db.select().from(targets).where(eq(targets.id, id)).as('own')
  const rows = await db
    .select({ id: targets.id })
    .from(targets)
    .innerJoin(
      own,
      and(
        eq(own.databaseName, targets.databaseName),
        or(
          and(eq(own.host, targets.host), eq(own.port, targets.port)),
          eq(own.systemIdentifier, targets.systemIdentifier),
        ),
      ),
    )
    .where(
      and(
        eq(targets.environment, 'production'),
        or(isNull(targets.removedAt), gt(targets.removedAt, sql`now() - interval '7 days'`)),
      ),
    )
    .limit(1)
  return rows.length > 0
}
