import { isIPv6 } from 'node:net'
import { eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import { sessions, users } from '#drizzle/schema/auth.ts'
import { appendAudit } from '#lib/audit/append-audit.ts'
import { claimedPassword, verifyPassword } from '#lib/auth/password.ts'
import { absoluteHours } from '#lib/auth/session-time.ts'
import { admitAttempt, recordSuccess, succeededLately, type ThrottleRule } from '#lib/auth/throttle.ts'
import type { SignedInUser } from '#lib/auth/types.ts'
import { announceChanges } from '#lib/db/changes.ts'
import type { Db } from '#lib/db/client.ts'
import { done, type Outcome, refuse } from '#lib/errors.ts'

const signInInput = z.strictObject({
  email: z.string().trim().toLowerCase().min(1).max(320),
  password: claimedPassword.min(1),
  userAgent: z.string().nullable().default(null),
  address: z.string().max(100).nullable().default(null),
})

/** One IPv6 customer has 2^64 addresses; they count as one. */
export function addressBlock(address: string): string {
  if (!isIPv6(address)) return address
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  if (mapped) return mapped[1]!
  const [head = '', tail] = address.split('%')[0]!.split('::')
  const left = head.split(':').filter(Boolean)
  const right = tail === undefined ? [] : tail.split(':').filter(Boolean)
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length)
  const groups = [...left, ...Array<string>(zeros).fill('0'), ...right].slice(0, 4)
  return groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')
}

async function throttleRules(db: Db, email: string, address: string | null): Promise<ThrottleRule[]> {
  const account = { freeTries: 5, longestWaitSeconds: 300, forgivenBySuccess: true }
  if (address === null) return [{ ...account, subject: `email:${email}` }]
  const block = addressBlock(address)
  const pair = `pair:${email}|${block}`
  // Strangers who try this account must not lock its owner out of the place the owner always signs in from.
  const trusted = await succeededLately(db, pair)
  return [
    { ...account, subject: pair },
    { subject: `address:${block}`, freeTries: 30, longestWaitSeconds: 60, forgivenBySuccess: false },
    ...(trusted ? [] : [{ ...account, subject: `email:${email}` }]),
  ]
}

/**
 * Signs a person in with e-mail and password and opens a session (idle 30 min, at most 12 h). Audited, throttled,
 * and as slow for an unknown account as for a known one. Each call that succeeds opens one more session.
 */
export async function signIn(
  db: Db,
  input: unknown,
): Promise<Outcome<{ user: SignedInUser; sessionId: string; sessionVersion: number }>> {
  const parsed = signInInput.safeParse(input)
  if (!parsed.success) return refuse('invalid-input', 'Give e-mail and password.')
  const { email, password, address } = parsed.data

  const admission = await admitAttempt(db, await throttleRules(db, email, address))
  if (!admission.admitted) {
    return refuse(
      'sign-in-throttled',
      'Too many failed sign-ins.',
      `Try again in ${admission.waitSeconds} seconds.`,
      { waitSeconds: admission.waitSeconds },
    )
  }

  const [found] = await db.select().from(users).where(eq(users.email, email))
  const holds = await verifyPassword(found && !found.disabledAt ? found.passwordHash : null, password)
  if (!found || !holds) {
    await appendAudit(db, {
      // An unknown “e-mail” can be a password typed into the wrong field, so it is not kept.
      actor: found ? `user:${found.email}` : 'unknown',
      action: 'sessions.sign-in',
      outcome: 'refused',
      reason: 'E-mail or password is wrong.',
      detail: { code: 'sign-in-refused', address },
    })
    return refuse(
      'sign-in-refused',
      'E-mail or password is wrong.',
      'An admin can send you a link to set a new password.',
    )
  }

  await recordSuccess(db, admission.attemptIds)
  const sessionId = await db.transaction(async (tx) => {
    const [session] = await tx
      .insert(sessions)
      .values({
        userId: found.id,
        sessionVersion: found.sessionVersion,
        expiresAt: sql`now() + make_interval(hours => ${absoluteHours})`,
        userAgent: parsed.data.userAgent?.slice(0, 300) ?? null,
      })
      .returning({ id: sessions.id })
    await announceChanges(tx, ['audit'])
    await appendAudit(tx, {
      actor: `user:${found.email}`,
      action: 'sessions.sign-in',
      outcome: 'done',
      subject: `session:${session!.id}`,
      detail: { address, userAgent: parsed.data.userAgent?.slice(0, 300) ?? null },
    })
    return session!.id
  })
  const { id, name, role } = found
  return done({
    user: { id, email: found.email, name, role },
    sessionId,
    sessionVersion: found.sessionVersion,
  })
}
