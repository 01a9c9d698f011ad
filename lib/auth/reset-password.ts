import { eq, sql } from 'drizzle-orm'
import { users } from '#drizzle/schema/auth.ts'
import { approverFrom } from '#lib/auth/approver-from.ts'
import { resetPasswordInput } from '#lib/auth/input.ts'
import { issueOneTimeToken } from '#lib/auth/one-time-token.ts'
import { getUserByEmail } from '#lib/auth/queries.ts'
import { findStepUpRefusal } from '#lib/auth/step-up.ts'
import { refuse } from '#lib/errors.ts'
import { defineVerb } from '#lib/verb.ts'

/**
 * Ends a person's sessions, voids the password and returns a one-time token to set a new one. Safe to repeat; the newest
 * token holds. They may approve after 24 h: else whoever resets a password could approve as that person.
 */
export const resetPassword = defineVerb({
  action: 'users.reset-password',
  input: resetPasswordInput,
  async act({ tx, actor }, { email, approverNow }) {
    if (approverNow && actor.kind !== 'operator') {
      return refuse('vouch-refused', 'Only the operator at the host can vouch for an approver.')
    }
    const user = await getUserByEmail(tx, email)
    const unproved = await findStepUpRefusal(tx, actor, `users:${email}`)
    if (unproved) return unproved
    await tx
      .update(users)
      .set({
        passwordHash: null,
        sessionVersion: sql`${users.sessionVersion} + 1`,
        approverFrom: approverFrom(approverNow),
      })
      .where(eq(users.id, user.id))
    const link = await issueOneTimeToken(tx, user.id)
    return {
      value: { id: user.id, email, ...link },
      audit: { subject: `user:${email}`, detail: { vouched: approverNow } },
      changed: ['users'],
    }
  },
})
