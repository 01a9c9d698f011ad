import { and, desc, eq } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import { users } from '#drizzle/schema/auth.ts'
import { operations } from '#drizzle/schema/operations.ts'
import { permits } from '#drizzle/schema/permits.ts'
import type { Actor } from '#lib/context.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import type { PermitRequest } from '#lib/guards/permit-input.ts'
import type { PermitPlan } from '#lib/guards/read-permit.ts'
import { listOperations, type OperationListing } from '#lib/operations/queries.ts'

const approvers = alias(users, 'permit_approvers')

export interface ListedPermit {
  /** The operation's id: the permit has the same. */
  id: string
  /** The operation's own state until the permit is made, then the permit's. */
  state: OperationListing['status'] | 'opening' | 'open' | 'used' | 'withdrawn'
  table: string
  act: PermitRequest['act']
  /** Null until it is planned, where the request named none. */
  role: string | null
  maxRows: number
  minutes: number
  predicate: string | null
  matchingRows: number | null
  reason: string
  requestedBy: string
  approvedBy: string | null
  createdAt: Date
  opensAt: Date | null
  expiresAt: Date | null
  usedRows: number | null
  usedAt: Date | null
  usedBy: string | null
  endedBy: string | null
  /** What the session runs; only while it is open, and only for who asked for it or approved it. */
  statement: string | null
}

/** A secret holds no quote: it is base64url. */
const statementOf = (secret: string): string => `select holdfast.use_permit('${secret}')`

/**
 * A target's deletion permits, newest first. The statement is shown to the requester and the approver, and to the
 * operator at the host, who can read our store anyway.
 */
export async function listPermits(
  db: DbOrTx,
  targetId: string,
  viewer: Pick<Actor, 'kind'> & { userId?: string },
  limit = 100,
): Promise<ListedPermit[]> {
  const rows = await db
    .select({ operation: operations, permit: permits, approver: approvers.email })
    .from(operations)
    .leftJoin(permits, eq(permits.id, operations.id))
    .leftJoin(approvers, eq(approvers.id, operations.approvedByUserId))
    .where(and(eq(operations.targetId, targetId), eq(operations.kind, 'permit')))
    .orderBy(desc(operations.createdAt))
    .limit(limit)
  const now = new Map((await listOperations(db, { targetId, limit: 500 })).map((one) => [one.id, one.status]))
  return rows.map(({ operation, permit, approver }) => {
    const request = operation.request as PermitRequest
    const plan = operation.plan as PermitPlan | null
    const isOver = permit?.state === 'open' && permit.expiresAt !== null && permit.expiresAt <= new Date()
    const isMade = permit !== null && permit.state !== 'opening'
    const mayKnow =
      viewer.kind === 'operator' ||
      (viewer.kind === 'user' &&
        (viewer.userId === operation.requestedByUserId || viewer.userId === operation.approvedByUserId))
    return {
      id: operation.id,
      state: isOver
        ? 'expired'
        : isMade
          ? (permit.state as ListedPermit['state'])
          : (now.get(operation.id) ?? operation.status),
      table: plan?.table ?? request.table,
      act: request.act,
      role: plan?.role ?? request.role,
      maxRows: request.maxRows,
      minutes: request.minutes,
      predicate: request.predicate,
      matchingRows: plan?.matchingRows ?? null,
      reason: operation.reason,
      requestedBy: operation.requestedBy,
      approvedBy: approver === null ? null : `user:${approver}`,
      createdAt: operation.createdAt,
      opensAt: permit?.opensAt ?? null,
      expiresAt: permit?.expiresAt ?? null,
      usedRows: permit?.usedRows ?? null,
      usedAt: permit?.usedAt ?? null,
      usedBy: permit?.usedBy ?? null,
      endedBy: permit?.endedBy ?? null,
      statement:
        permit?.state === 'open' && !isOver && permit.secret && mayKnow ? statementOf(permit.secret) : null,
    }
  })
}
