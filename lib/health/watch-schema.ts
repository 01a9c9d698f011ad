import { and, desc, eq, ne, sql } from 'drizzle-orm'
import type postgres from 'postgres'
import { checkCounters } from '#drizzle/schema/counters.ts'
import { deployments } from '#drizzle/schema/deployments.ts'
import { schemaVersions } from '#drizzle/schema/health.ts'
import type { Db, Tx } from '#lib/db/client.ts'
import { readAround, readDefinitions } from '#lib/facts/read-definitions.ts'
import { pinOutput } from '#lib/facts/read-facts.ts'
import { keepCounters } from '#lib/health/keep-counters.ts'
import { compareObjects, type LetThrough, linkDeployments } from '#lib/health/schema-changes.ts'
import { describeObjects, fingerprintOf, type SchemaObject } from '#lib/health/schema-objects.ts'
import { loadSql } from '#lib/sql/load-sql.ts'

const signatureSql = loadSql(new URL('./sql/schema-signature.sql', import.meta.url))

/** Under this name the last look at the schema is kept. */
export const schemaCheck = 'schema.changes'

interface Signature {
  signature: string
  databaseOwner: string
  agents: string[]
}

/** The description in one snapshot. No statement of it may hold the target up, however large the schema is. */
const readObjects = (session: postgres.Sql, known: Signature): Promise<SchemaObject[]> =>
  session.begin('isolation level repeatable read read only', async (transaction) => {
    await pinOutput(transaction)
    await transaction.unsafe('set local statement_timeout = 30000')
    const description = {
      ...(await readDefinitions(transaction, null)),
      ...(await readAround(transaction)),
    }
    return describeObjects(description, known)
  }) as Promise<SchemaObject[]>

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
  const [known] = await session.unsafe<Signature[]>(signatureSql)
  const [last] = await db.select().from(checkCounters).where(lookOf(targetId))
  const remember = new Map([[schemaCheck, { signature: known!.signature }]])
  const isSame = (last?.counters as { signature?: string } | undefined)?.signature === known!.signature
  if (!isSame) {
    const objects = await readObjects(session, known!)
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
  return { status: 'unexplained' }
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
