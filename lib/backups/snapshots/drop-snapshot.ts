import { and, eq, inArray, isNull, or } from 'drizzle-orm'
import type postgres from 'postgres'
import { backups } from '#drizzle/schema/backups.ts'
import type { Ctx } from '#lib/context.ts'
import { quoteIdentifier } from '#lib/sql/identifier.ts'

/** Removes a snapshot's schema with all it holds. Safe to repeat. Gives up after the lock timeout when it is being read. */
export async function dropSnapshot(sql: postgres.Sql, schema: string): Promise<void> {
  if (!/^holdfast_snapshot_[0-9a-f]{12}$/.test(schema)) throw new Error(`not a snapshot schema: ${schema}`)
  await sql.unsafe(`drop schema if exists ${quoteIdentifier(schema)} cascade`)
}

/**
 * Removes the snapshots of this installation whose record never finished or is expired: a worker died between its commit and
 * the record, or a removal did not succeed. The schema's comment names the installation, so another one's are left alone.
 */
export async function dropStraySnapshots(ctx: Ctx, sql: postgres.Sql, targetId: string): Promise<void> {
  if (!ctx.keys) return
  const there = await sql<{ schema: string; note: string }[]>`
    select n.nspname as schema, pg_catalog.obj_description(n.oid, 'pg_namespace') as note
    from pg_catalog.pg_namespace n
    where n.nspname ~ '^holdfast_snapshot_[0-9a-f]{12}$'`
  // A changed key is the same installation.
  const keyIds = [ctx.keys, ...ctx.keys.older].map(({ keyId }) => keyId)
  const ours = there.filter(({ note }) =>
    keyIds.some((keyId) => note?.startsWith(`holdfast ${keyId} snapshot `)),
  )
  if (ours.length === 0) return
  const ids = ours.map(({ note }) => note.slice(note.lastIndexOf(' ') + 1))
  const over = await ctx.db
    .select({ id: backups.id })
    .from(backups)
    .where(
      and(
        eq(backups.targetId, targetId),
        inArray(backups.id, ids),
        // A damaged one is failed too, but it was finished: it may be all there is.
        or(eq(backups.status, 'expired'), and(eq(backups.status, 'failed'), isNull(backups.location))),
      ),
    )
  const overIds = new Set(over.map(({ id }) => id))
  for (const [i, { schema }] of ours.entries()) if (overIds.has(ids[i]!)) await dropSnapshot(sql, schema)
}
