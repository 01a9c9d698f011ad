import { eq, sql } from 'drizzle-orm'
import { users } from '#drizzle/schema/auth.ts'
import { approverFrom } from '#lib/auth/approver-from.ts'
import { changeUserRoleInput } from '#lib/auth/input.ts'
import { getUserByEmail } from '#lib/auth/queries.ts'
import { findStepUpRefusal } from '#lib/auth/step-up.ts'
import { refuse } from '#lib/errors.ts'
import { defineVerb } from '#lib/verb.ts'

/**
 * Gives a person another role. Ends all their sessions, and they may approve after 24 h again (the host's operator can
 * vouch). Safe to repeat, with the same effects.
 */
export const changeUserRole = defineVerb({
  action: 'users.change-role',
  input: changeUserRoleInput,
  async act({ tx, actor }, { email, role, approverNow }) {
    if (approverNow && actor.kind !== 'operator') {
      return refuse('vouch-refused', 'Only the operator at the host can vouch for a new approver.')
    }
    const user = await getUserByEmail(tx, email)
    if (actor.kind === 'user' && actor.userId === user.id) {
      return refuse('own-role', 'Nobody changes their own role.', 'Ask another admin.')
    }
    const unproved = await findStepUpRefusal(tx, actor, `users:${email}`)
    if (unproved) return unproved
    await tx
      .update(users)
      .set({
        role,
        sessionVersion: sql`${users.sessionVersion} + 1`,
        approverFrom: approverFrom(approverNow),
      })
      .where(eq(users.id, user.id))
    return {
      value: { id: user.id, email, role },
      audit: { subject: `user:${email}`, detail: { from: user.role, to: role, vouched: approverNow } },
      changed: ['users'],
    }
  },
})
