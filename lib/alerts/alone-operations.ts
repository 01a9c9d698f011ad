import { and, desc, eq, gt, ne, sql } from 'drizzle-orm'
import { users } from '#drizzle/schema/auth.ts'
import { operationEvents, operations } from '#drizzle/schema/operations.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { formatActorName } from '#lib/format/format-actor.ts'
import type { AlertFacts, AloneOperationFact, Problem } from './types.ts'

/** What one person approved alone within the last day, newest first. Each of them stays an alert that long. */
export async function listAloneOperationFacts(db: DbOrTx, targetId: string): Promise<AloneOperationFact[]> {
  const rows = await db
    .select({
      operationId: operations.id,
      mode: operations.approvalMode,
      kind: operations.kind,
      sentence: sql<string | null>`${operations.plan} #>> '{summary,sentence}'`,
      reason: operations.reason,
      at: operations.approvedAt,
      runFrom: operations.runFrom,
      status: operations.status,
      startedAt: operations.startedAt,
      email: users.email,
      opened: sql<{ actor: string; note: string } | null>`(
        select jsonb_build_object('actor', opened.actor, 'note', opened.note) from ${operationEvents} opened
        where opened.operation_id = ${operations.id} and opened.status = 'approved'
        order by opened.at desc limit 1)`,
    })
    .from(operations)
    .leftJoin(users, eq(users.id, operations.approvedByUserId))
    .where(
      and(
        eq(operations.targetId, targetId),
        ne(operations.approvalMode, 'two-person'),
        gt(operations.approvedAt, sql`now() - interval '24 hours'`),
      ),
    )
    .orderBy(desc(operations.approvedAt))
    .limit(100)
  return rows.map(({ mode, at, email, opened, sentence, kind, status, startedAt, ...row }) => ({
    ...row,
    mode: mode as AloneOperationFact['mode'],
    // That it runs is news about it: what to do is another thing then.
    at: startedAt ?? at!,
    what: sentence ?? kind,
    by: formatActorName(email ? `user:${email}` : (opened?.actor ?? 'somebody')),
    note: opened?.note ?? '',
    isWaiting: status === 'approved',
  }))
}

const minuteOf = (at: Date | null): string =>
  at ? `from ${at.toISOString().slice(0, 16).replace('T', ' ')} UTC` : 'at once'

/** One problem per operation: each of them is told. Pure. */
export const judgeAloneOperations = ({ aloneOperations }: AlertFacts): Problem[] =>
  aloneOperations.map(({ operationId, mode, at, by, what, reason, note, runFrom, isWaiting }) => ({
    fingerprint: `operation:alone:${operationId}`,
    title: mode === 'solo' ? 'Approved by one person alone' : 'Break-glass: approved by nobody else',
    details:
      mode === 'solo'
        ? `${by} requested and approved: ${what} Reason: ${reason}. It may run ${minuteOf(runFrom)}.`
        : `${by} went ahead without a second person: ${what} ${note}`,
    remedy: isWaiting
      ? `If it is not wanted, refuse it before it runs: holdfast operations refuse ${operationId}`
      : `See what became of it, and whether it can be undone: holdfast operations show ${operationId}`,
    severity: 'CRITICAL',
    seenAt: at,
  }))
