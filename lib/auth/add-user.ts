import { users } from '#drizzle/schema/auth.ts'
import { approverFrom } from '#lib/auth/approver-from.ts'
import { addUserInput } from '#lib/auth/input.ts'
import { issueOneTimeToken } from '#lib/auth/one-time-token.ts'
import { findStepUpRefusal } from '#lib/auth/step-up.ts'
import { refuse } from '#lib/errors.ts'
import { defineVerb } from '#lib/verb.ts'

/**
 * Adds a person and returns the one-time token that lets them set a password. They may approve after 24 h, or at
 * once when the host's operator vouches for them. Repeating it is refused: the e-mail is taken.
 */
export const addUser = defineVerb({
  action: 'users.add',
  input: addUserInput,
  async act({ tx, actor, actorText }, { email, name, role, approverNow }) {
    if (approverNow && actor.kind !== 'operator') {
      return refuse(
        'vouch-refused',
        'Only the operator at the host can vouch for a new approver.',
        `Run on the host: holdfast users add ${email} --role ${role} --approver-now`,
      )
    }
    const unproved = await findStepUpRefusal(tx, actor, `users:${email}`)
    if (unproved) return unproved
    const [user] = await tx
      .insert(users)
      .values({
        email,
        name: name ?? email.split('@')[0]!,
        role,
        createdBy: actorText,
        approverFrom: approverFrom(approverNow),
      })
      .onConflictDoNothing({ target: users.email })
      .returning({ id: users.id, name: users.name, approverFrom: users.approverFrom })
    if (!user) {
      return refuse(
        'email-taken',
        `There is already a person with the e-mail ${email}.`,
        'Change the role with: holdfast users role EMAIL ROLE',
      )
    }
    const link = await issueOneTimeToken(tx, user.id)
    return {
      value: { id: user.id, email, name: user.name, role, approverFrom: user.approverFrom, ...link },
      audit: { subject: `user:${email}`, detail: { role, vouched: approverNow } },
      changed: ['users'],
    }
  },
})
