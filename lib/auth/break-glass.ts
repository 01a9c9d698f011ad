import { and, gt, inArray, isNull, or, sql } from 'drizzle-orm'
import { users } from '#drizzle/schema/auth.ts'
import { type AuditRecord, appendAudit } from '#lib/audit/append-audit.ts'
import { permissions } from '#lib/auth/permissions.ts'
import { type Actor, type Ctx, formatActor, type Role } from '#lib/context.ts'
import type { DbOrTx } from '#lib/db/client.ts'

const approvers = permissions['operations.approve'] as readonly Role[]

/**
 * Whether an account exists that could ever approve. One that is too new counts: the operator can vouch for it. One that
 * was disabled within a day counts too: else the way around a second person would be to disable them first.
 */
export async function hasApprover(db: DbOrTx): Promise<boolean> {
  const isThere = or(isNull(users.disabledAt), gt(users.disabledAt, sql`now() - interval '24 hours'`))
  const count = await db.$count(users, and(isThere, inArray(users.role, [...approvers])))
  return count > 0
}

/**
 * Whether this actor may weaken the protection of a production target without a second person: only the operator at the
 * host's terminal, and only where nobody exists who could approve.
 */
export const mayBreakGlass = async (db: DbOrTx, actor: Actor): Promise<boolean> =>
  actor.kind === 'operator' && !(await hasApprover(db))

/**
 * Writes down, before anything is done and whatever follows, that one person alone goes around the second one. Each call
 * is one more entry.
 */
export const auditBrokenGlass = (
  ctx: Ctx,
  broken: Pick<AuditRecord, 'action' | 'subject' | 'target' | 'reason' | 'detail'>,
): Promise<number> =>
  ctx.db.transaction((tx) => appendAudit(tx, { actor: formatActor(ctx.actor), outcome: 'done', ...broken }))
