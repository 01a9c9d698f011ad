import { and, desc, eq, inArray, ne, sql } from 'drizzle-orm'
import type postgres from 'postgres'
import { checkCounters } from '#drizzle/schema/counters.ts'
import { deployments } from '#drizzle/schema/deployments.ts'
import { schemaVersions } from '#drizzle/schema/health.ts'
import { operations } from '#drizzle/schema/operations.ts'
import type { Db, Tx } from '#lib/db/client.ts'
import { keepCounters } from '#lib/health/keep-counters.ts'
import { readObjects, readSignature } from '#lib/health/read-schema.ts'
import { compareObjects, type LetThrough, linkDeployments } from '#lib/health/schema-changes.ts'
import { fingerprintOf, type SchemaObject } from '#lib/health/schema-objects.ts'

/** Under this name the last look at the schema is kept. */
export const schemaCheck = 'schema.changes'

/**
 * Looks whether the target's schema is what it was; where it is not, keeps the new version with what changed and with the
 * deployment that accounts for it. Reads the whole schema only after something of it was written. Safe to repeat and to do
 * at once in several processes: one change becomes one version, and an older look never overrules a newer one.
 */
export async function watchSchema(
  db: Db,
  targetId: string,
  session: postgres.Sql,
  lookedAt: Date,
): Promise<void> {
  const known = await readSignature(session)
  const [last] = await db.select().from(checkCounters).where(lookOf(targetId))
  const remember = new Map([[schemaCheck, { signature: known.signature }]])
  const isSame = (last?.counters as { signature?: string } | undefined)?.signature === known.signature
  if (!isSame) {
    const objects = (await session.begin('isolation level repeatable read read only', (transaction) =>
      readObjects(transaction, known),
    )) as SchemaObject[]
    const isNewest = await db.transaction((tx) => keepVersion(tx, targetId, objects, lookedAt))
    if (!isNewest) return
  }
  await keepCounters(db, targetId, lookedAt, remember)
}

const lookOf = (targetId: string) =>
  and(eq(checkCounters.targetId, targetId), eq(checkCounters.check, schemaCheck))

/** Writes the version unless it is the one that is known. False when somebody has looked later than this. */
async function keepVersion(
  tx: Tx,
  targetId: string,
  objects: SchemaObject[],
  lookedAt: Date,
): Promise<boolean> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtext('holdfast:schema'), hashtext(${targetId}))`)
  const [look] = await tx.select().from(checkCounters).where(lookOf(targetId))
  const [latest] = await tx
    .select()
    .from(schemaVersions)
    .where(eq(schemaVersions.targetId, targetId))
    .orderBy(desc(schemaVersions.seenAt))
    .limit(1)
  const newest = Math.max(look?.readAt.getTime() ?? 0, latest?.seenAt.getTime() ?? 0)
  if (newest > lookedAt.getTime()) return false
  const fingerprint = fingerprintOf(objects)
  if (latest?.fingerprint === fingerprint) return true
  const changes = latest
    ? linkDeployments(
        compareObjects(latest.objects as SchemaObject[], objects),
        await listLetThrough(tx, targetId),
        lookedAt,
      )
    : []
  const deployment = changes.find((change) => change.deployment !== null)?.deployment ?? null
  const [made] = await tx
    .insert(schemaVersions)
    .values({
      targetId,
      fingerprint,
      seenAt: lookedAt,
      unchangedAt: latest ? (look?.readAt ?? latest.seenAt) : null,
      objects,
      changes,
      ...(await explain(tx, targetId, { isFirst: !latest, fingerprint, changes })),
      deploymentId: deployment === null ? null : await findDeployment(tx, targetId, deployment),
    })
    .returning({ id: schemaVersions.id })
  // Only the newest is compared with; the others keep what changed.
  await tx
    .update(schemaVersions)
    .set({ objects: [] })
    .where(and(eq(schemaVersions.targetId, targetId), ne(schemaVersions.id, made!.id)))
  return true
}

async function explain(
  tx: Tx,
  targetId: string,
  {
    isFirst,
    fingerprint,
    changes,
  }: { isFirst: boolean; fingerprint: string; changes: { deployment: number | null }[] },
): Promise<Pick<typeof schemaVersions.$inferInsert, 'status' | 'acceptedBy' | 'acceptedAt' | 'reason'>> {
  if (isFirst) return { status: 'first' }
  if (changes.every(({ deployment }) => deployment !== null)) return { status: 'deployed' }
  const [before] = await tx
    .select({ seenAt: schemaVersions.seenAt })
    .from(schemaVersions)
    .where(
      and(
        eq(schemaVersions.targetId, targetId),
        eq(schemaVersions.fingerprint, fingerprint),
        ne(schemaVersions.status, 'unexplained'),
      ),
    )
    .orderBy(desc(schemaVersions.seenAt))
    .limit(1)
  // Somebody took the change back. The change itself stays flagged: it happened.
  if (before)
    return {
      status: 'accepted',
      acceptedBy: 'holdfast',
      acceptedAt: new Date(),
      reason: `It is again exactly what it was on ${before.seenAt.toISOString()}.`,
    }
  const switched = await findSwitch(tx, targetId)
  if (switched)
    return {
      status: 'accepted',
      acceptedBy: 'holdfast',
      acceptedAt: new Date(),
      reason: `Another database took this one’s place, as approved: operation ${switched}.`,
    }
  return { status: 'unexplained' }
}

/** A restored database that was put in this one's place lately, and has the schema of its archive. */
async function findSwitch(tx: Tx, targetId: string): Promise<string | null> {
  const [row] = await tx
    .select({ id: operations.id })
    .from(operations)
    .where(
      and(
        eq(operations.targetId, targetId),
        eq(operations.kind, 'database-switch'),
        inArray(operations.status, ['verifying', 'succeeded']),
        sql`coalesce(${operations.finishedAt}, now()) > now() - interval '10 minutes'`,
      ),
    )
    .limit(1)
  return row?.id ?? null
}

async function listLetThrough(tx: Tx, targetId: string): Promise<LetThrough[]> {
  const rows = await tx
    .select()
    .from(deployments)
    .where(
      and(
        eq(deployments.targetId, targetId),
        eq(deployments.status, 'validated'),
        eq(deployments.verdict, 'APPROVED'),
        sql`${deployments.finishedAt} > now() - interval '2 days'`,
      ),
    )
    .orderBy(desc(deployments.finishedAt))
  return rows.map(({ id, number, finishedAt, request }) => {
    const asked = request as {
      migration?: string | null
      rollback?: string | null
      constraint?: { table: string; expression: string } | null
    }
    const texts = [asked.migration, asked.rollback, asked.constraint?.table].filter((text) => text != null)
    return { id, number, finishedAt: finishedAt!, text: texts.length > 0 ? texts.join('\n') : null }
  })
}

async function findDeployment(tx: Tx, targetId: string, number: number): Promise<string | null> {
  const [row] = await tx
    .select({ id: deployments.id })
    .from(deployments)
    .where(and(eq(deployments.targetId, targetId), eq(deployments.number, number)))
  return row?.id ?? null
}
