import { and, desc, eq, isNull, or, sql } from 'drizzle-orm'
import { restoreDrafts } from '#drizzle/schema/drafts.ts'
import { incidents } from '#drizzle/schema/incidents.ts'
import { operations } from '#drizzle/schema/operations.ts'
import { targets } from '#drizzle/schema/targets.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { notFound } from '#lib/errors.ts'
import { statusNow } from '#lib/operations/queries.ts'
import type { OperationStatus } from '#lib/operations/types.ts'
import type { DraftChoices, DraftStep } from '#lib/restores/drafts/draft-choices.ts'
import { isUuid } from '#lib/sql/uuid.ts'

interface RestoreDraft {
  id: string
  targetId: string
  targetName: string
  incidentId: string | null
  incidentNumber: number | null
  step: DraftStep
  reason: string
  choices: DraftChoices
  /** What was asked for last, and how that stands. Null before it was asked for. */
  operationId: string | null
  operationStatus: OperationStatus | null
  updatedAt: Date
}

const columns = {
  id: restoreDrafts.id,
  targetId: restoreDrafts.targetId,
  targetName: targets.name,
  incidentId: restoreDrafts.incidentId,
  incidentNumber: sql<number | null>`${incidents.number}`.mapWith((value) =>
    value === null ? null : Number(value),
  ),
  step: sql<DraftStep>`${restoreDrafts.step}`,
  reason: restoreDrafts.reason,
  choices: sql<DraftChoices>`${restoreDrafts.request}`,
  operationId: restoreDrafts.operationId,
  operationStatus: sql<OperationStatus | null>`case when ${operations.id} is not null then ${statusNow} end`,
  updatedAt: restoreDrafts.updatedAt,
}

const own = (db: DbOrTx, userId: string, which: ReturnType<typeof and>) =>
  db
    .select(columns)
    .from(restoreDrafts)
    .innerJoin(targets, eq(targets.id, restoreDrafts.targetId))
    .leftJoin(incidents, eq(incidents.id, restoreDrafts.incidentId))
    .leftJoin(operations, eq(operations.id, restoreDrafts.operationId))
    .where(and(eq(restoreDrafts.userId, userId), isNull(restoreDrafts.discardedAt), which))

/** What this person has begun to choose and neither ended nor discarded; the last touched first. */
export const listDrafts = (
  db: DbOrTx,
  { userId, targetId }: { userId: string; targetId: string },
): Promise<RestoreDraft[]> =>
  own(
    db,
    userId,
    and(
      eq(restoreDrafts.targetId, targetId),
      or(isNull(operations.id), sql`${operations.status} not in ('succeeded', 'running', 'verifying')`),
    ),
  )
    .orderBy(desc(restoreDrafts.updatedAt))
    .limit(20)

/** One's own draft. Throws AppError `draft-not-found`, for another person's too. */
export async function getDraft(db: DbOrTx, draftId: string, userId: string): Promise<RestoreDraft> {
  const [draft] = isUuid(draftId) ? await own(db, userId, eq(restoreDrafts.id, draftId)) : []
  if (!draft) throw notFound('draft', draftId, 'Yours stand on the Restore page.')
  return draft
}

/** One's own draft that was asked for as this operation, or null. */
export async function findDraftOf(db: DbOrTx, operationId: string, userId: string): Promise<string | null> {
  const [draft] = await own(db, userId, eq(restoreDrafts.operationId, operationId)).limit(1)
  return draft?.id ?? null
}
