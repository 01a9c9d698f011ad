import { eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import { users } from '#drizzle/schema/auth.ts'
import { emailInput } from '#lib/auth/input.ts'
import { getUserByEmail } from '#lib/auth/queries.ts'
import { findStepUpRefusal } from '#lib/auth/step-up.ts'
import { refuse } from '#lib/errors.ts'
import { defineVerb } from '#lib/verb.ts'

/** Ends a person's access and all their sessions; their name stays on what they did. Safe to repeat. */
export const disableUser = defineVerb({
  action: 'users.disable',
  input: z.strictObject({ email: emailInput }),
  async act({ tx, actor }, { email }) {
    const user = await getUserByEmail(tx, email)
    if (actor.kind === 'user' && actor.userId === user.id) {
      return refuse('own-account', 'Nobody disables their own account.', 'Ask another admin.')
    }
    const unproved = await findStepUpRefusal(tx, actor, `users:${email}`)
    if (unproved) return unproved
    await tx
      .update(users)
      .set({
        disabledAt: sql`coalesce(${users.disabledAt}, now())`,
        sessionVersion: sql`${users.sessionVersion} + 1`,
      })
      .where(eq(users.id, user.id))
    return { value: { id: user.id, email }, audit: { subject: `user:${email}` }, changed: ['users'] }
  },
})
