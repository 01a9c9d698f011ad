import { and, asc, between, desc, eq, isNotNull, notInArray, sql } from 'drizzle-orm'
import { deployments } from '#drizzle/schema/deployments.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { mostOfEach, type Window } from './window.ts'

const dayMs = 86_400_000

/** Those of the time, and the last one before it: a change shipped just before is the first thing people look for. */
export async function listDeployments(db: DbOrTx, targetId: string, window: Window) {
  const at = sql`coalesce(${deployments.finishedAt}, ${deployments.createdAt})`.mapWith(deployments.createdAt)
  const columns = {
    id: deployments.id,
    number: sql`${deployments.number}`.mapWith(Number),
    at,
    title: deployments.title,
    status: deployments.status,
    verdict: deployments.verdict,
    requestedBy: deployments.requestedBy,
  }
  const during = await db
    .select(columns)
    .from(deployments)
    .where(and(eq(deployments.targetId, targetId), between(deployments.createdAt, window.from, window.until)))
    .orderBy(asc(deployments.createdAt))
    .limit(mostOfEach)
  const ids = during.map((row) => row.id)
  const last = await db
    .select(columns)
    .from(deployments)
    .where(
      and(
        eq(deployments.targetId, targetId),
        isNotNull(deployments.finishedAt),
        between(deployments.createdAt, new Date(window.from.getTime() - dayMs), window.from),
        ids.length > 0 ? notInArray(deployments.id, ids) : undefined,
      ),
    )
    .orderBy(desc(deployments.createdAt))
    .limit(1)
  return [...last, ...during]
}
