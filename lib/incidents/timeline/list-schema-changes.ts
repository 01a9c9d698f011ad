import { and, asc, between, eq, ne, sql } from 'drizzle-orm'
import { schemaVersions } from '#drizzle/schema/health.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { mostOfEach, type Window } from './window.ts'

const hourMs = 3_600_000
const shownChanges = 20

/** Changes of the target's schema that were seen within the window, or up to a day before: often they are the cause. */
export async function listSchemaChanges(db: DbOrTx, targetId: string, window: Window) {
  const rows = await db
    .select({
      id: schemaVersions.id,
      seenAt: schemaVersions.seenAt,
      unchangedAt: schemaVersions.unchangedAt,
      status: schemaVersions.status,
      changes: sql<
        { name: string; kind: string; change: string }[]
      >`coalesce(jsonb_path_query_array(${schemaVersions.changes}, ${sql.raw(`'$[0 to ${shownChanges - 1}]'`)}), '[]'::jsonb)`,
      acceptedBy: schemaVersions.acceptedBy,
    })
    .from(schemaVersions)
    .where(
      and(
        eq(schemaVersions.targetId, targetId),
        ne(schemaVersions.status, 'first'),
        between(schemaVersions.seenAt, new Date(window.from.getTime() - 24 * hourMs), window.until),
      ),
    )
    .orderBy(asc(schemaVersions.seenAt))
    .limit(mostOfEach)
  return rows
}
