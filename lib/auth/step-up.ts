import { and, eq, sql } from 'drizzle-orm'
import { stepUps } from '#drizzle/schema/auth.ts'
import type { Actor } from '#lib/context.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { type Refusal, refuse } from '#lib/errors.ts'

export const stepUpMinutes = 5

/** Whether the person at this session proved within five minutes to be the account's owner, for exactly this thing. */
export async function hasStepUp(db: DbOrTx, sessionId: string, boundTo: string): Promise<boolean> {
  const rows = await db
    .select({ id: stepUps.id })
    .from(stepUps)
    .where(
      and(
        eq(stepUps.sessionId, sessionId),
        eq(stepUps.boundTo, boundTo),
        sql`${stepUps.provedAt} > now() - make_interval(mins => ${stepUpMinutes})`,
      ),
    )
    .limit(1)
  return rows.length > 0
}

/** The refusal of an act that needs a step-up and has none. The operator at the host's terminal needs none. */
export async function findStepUpRefusal(
  db: DbOrTx,
  actor: Actor,
  boundTo: string,
): Promise<{ refusal: Refusal } | null> {
  if (actor.kind !== 'user') return null
  if (await hasStepUp(db, actor.sessionId, boundTo)) return null
  return refuse('step-up-needed', 'Confirm with your password that it is you.', null, { boundTo })
}
