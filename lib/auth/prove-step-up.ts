import { and, eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import { sessions, stepUps, users } from '#drizzle/schema/auth.ts'
import { claimedPassword, verifyPassword } from '#lib/auth/password.ts'
import { admitAttempt, recordSuccess } from '#lib/auth/throttle.ts'
import type { Ctx } from '#lib/context.ts'
import { type Outcome, type Refusal, refuse } from '#lib/errors.ts'
import { defineVerb } from '#lib/verb.ts'

const proofInput = z.strictObject({
  /** Left out at the terminal, where the process has just signed in with the password. */
  password: claimedPassword.optional(),
  boundTo: z.string().min(1).max(200),
})

/** Hashing and counting happen before the verb's transaction: a refused proof must stay counted. */
async function findProofRefusal(
  ctx: Ctx,
  password: string | undefined,
): Promise<{ refusal: Refusal } | null> {
  const { actor, db } = ctx
  if (actor.kind !== 'user') return null
  if (password === undefined) {
    // Only a terminal's process holds the key; a browser cannot get here, whatever it sends.
    if (!ctx.keys) return refuse('password-needed', 'Give your password.')
    const [fresh] = await db
      .select({ id: sessions.id })
      .from(sessions)
      .where(and(eq(sessions.id, actor.sessionId), sql`${sessions.createdAt} > now() - interval '5 minutes'`))
    return fresh ? null : refuse('password-needed', 'The sign-in is too long ago.', 'Run the command again.')
  }
  const admission = await admitAttempt(db, [
    { subject: `step-up:${actor.userId}`, freeTries: 5, longestWaitSeconds: 300, forgivenBySuccess: true },
  ])
  if (!admission.admitted) {
    return refuse(
      'step-up-throttled',
      'Too many wrong passwords.',
      `Try again in ${admission.waitSeconds} seconds.`,
    )
  }
  const [user] = await db
    .select({ passwordHash: users.passwordHash })
    .from(users)
    .where(eq(users.id, actor.userId))
  if (!(await verifyPassword(user?.passwordHash ?? null, password))) {
    return refuse('password-wrong', 'That is not your password.', 'Nothing was done.')
  }
  await recordSuccess(db, admission.attemptIds)
  return null
}

/**
 * Records that the person at the session has just proved to be the account's owner, for one thing only (a plan's
 * fingerprint), for five minutes. Safe to repeat; each proof is a new one.
 */
export async function proveStepUp(ctx: Ctx, input: unknown): Promise<Outcome<{ boundTo: string }>> {
  const asked = proofInput.safeParse(input)
  const refused = asked.success ? await findProofRefusal(ctx, asked.data.password) : null
  return defineVerb({
    action: 'sessions.prove',
    input: proofInput,
    async act({ tx, actor }, { boundTo }) {
      if (refused) return refused
      if (actor.kind !== 'user') return refuse('forbidden', 'Only a person can confirm to be that person.')
      await tx.insert(stepUps).values({ sessionId: actor.sessionId, userId: actor.userId, boundTo })
      return { value: { boundTo }, audit: { subject: `step-up:${boundTo}` }, changed: [] }
    },
  })(ctx, input)
}
