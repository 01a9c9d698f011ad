import { and, asc, desc, eq } from 'drizzle-orm'
import { deployments } from '#drizzle/schema/deployments.ts'
import { schemaVersions } from '#drizzle/schema/health.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import type { SchemaChange } from '#lib/health/schema-changes.ts'

export interface SchemaVersion {
  id: string
  seenAt: Date
  unchangedAt: Date | null
  status: 'first' | 'deployed' | 'accepted' | 'unexplained'
  changes: SchemaChange[]
  deployment: { id: string; number: number; title: string } | null
  acceptedBy: string | null
  acceptedAt: Date | null
  reason: string | null
}

const columns = {
  id: schemaVersions.id,
  seenAt: schemaVersions.seenAt,
  unchangedAt: schemaVersions.unchangedAt,
  status: schemaVersions.status,
  changes: schemaVersions.changes,
  deployment: { id: deployments.id, number: deployments.number, title: deployments.title },
  acceptedBy: schemaVersions.acceptedBy,
  acceptedAt: schemaVersions.acceptedAt,
  reason: schemaVersions.reason,
}

/** The change log of a target's schema, newest first. */
export async function listSchemaVersions(db: DbOrTx, targetId: string, limit = 50): Promise<SchemaVersion[]> {
  const rows = await db
    .select(columns)
    .from(schemaVersions)
    .leftJoin(deployments, eq(deployments.id, schemaVersions.deploymentId))
    .where(eq(schemaVersions.targetId, targetId))
    .orderBy(desc(schemaVersions.seenAt))
    .limit(limit)
  return rows as SchemaVersion[]
}

/** The changes that nothing accounts for and nobody has accepted yet, oldest first. */
export async function listUnexplained(db: DbOrTx, targetId: string): Promise<SchemaVersion[]> {
  const rows = await db
    .select(columns)
    .from(schemaVersions)
    .leftJoin(deployments, eq(deployments.id, schemaVersions.deploymentId))
    .where(and(eq(schemaVersions.targetId, targetId), eq(schemaVersions.status, 'unexplained')))
    .orderBy(asc(schemaVersions.seenAt))
  return rows as SchemaVersion[]
}
