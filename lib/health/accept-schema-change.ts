import { and, eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import { schemaVersions } from '#drizzle/schema/health.ts'
import { notFound, refuse } from '#lib/errors.ts'
import { nameChange, type SchemaChange } from '#lib/health/schema-changes.ts'
import { requestJobOnce } from '#lib/jobs/request-job-once.ts'
import { getTarget } from '#lib/targets/queries.ts'
import { defineVerb } from '#lib/verb.ts'

const acceptSchemaChangeInput = z.strictObject({
  versionId: z.uuid(),
  reason: z.string().trim().min(10, 'say in at least ten characters why this change is right').max(1_000),
})

/**
 * Takes an unexplained schema change as right, with the reason, and has the target looked at again. The target is not
 * touched. Not repeatable: what was accepted once is refused.
 */
export const acceptSchemaChange = defineVerb({
  action: 'health.accept-schema-change',
  input: acceptSchemaChangeInput,
  async act({ tx, ctx, actorText }, { versionId, reason }) {
    const [version] = await tx.select().from(schemaVersions).where(eq(schemaVersions.id, versionId))
    if (!version) throw notFound('schema version', versionId, 'See them with: holdfast health schema TARGET')
    const target = await getTarget(tx, version.targetId)
    const accepted = await tx
      .update(schemaVersions)
      .set({ status: 'accepted', acceptedBy: actorText, acceptedAt: sql`now()`, reason })
      .where(and(eq(schemaVersions.id, versionId), eq(schemaVersions.status, 'unexplained')))
      .returning({ id: schemaVersions.id })
    if (accepted.length === 0) {
      return refuse(
        'nothing-to-accept',
        version.status === 'accepted'
          ? `This change was accepted already, by ${version.acceptedBy}.`
          : 'This change is explained; there is nothing to accept.',
      )
    }
    const jobRunId = await requestJobOnce(ctx, tx, {
      kind: 'health.run',
      targetId: target.id,
      payload: {},
    })
    return {
      value: { versionId, targetId: target.id, jobRunId },
      audit: {
        subject: `schema-version:${versionId}`,
        target: target.name,
        reason,
        detail: { changes: (version.changes as SchemaChange[]).slice(0, 20).map(nameChange) },
      },
      changed: ['health', 'jobs'],
    }
  },
})
