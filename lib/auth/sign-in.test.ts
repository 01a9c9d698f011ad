import { eq, sql } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { auditEntries } from '#drizzle/schema/audit.ts'
import { sessions, users } from '#drizzle/schema/auth.ts'
import { changeUserRole } from '#lib/auth/change-user-role.ts'
import { findSession } from '#lib/auth/find-session.ts'
import { hashPassword } from '#lib/auth/password.ts'
import { revokeSession } from '#lib/auth/revoke-session.ts'
import { addressBlock, signIn } from '#lib/auth/sign-in.ts'
import { signOut } from '#lib/auth/sign-out.ts'
import { unwrap } from '#lib/errors.ts'
import { createTestPerson, createTestStore, type TestStore } from '#lib/testing/test-db.ts'

const password = 'correct horse battery'

describe('signIn', () => {
  let store: TestStore
  beforeAll(async () => {
    store = await createTestStore()
  })

  async function createPerson(role: 'viewer' | 'admin' | 'commander' = 'admin') {
    const ctx = await createTestPerson(store, role)
    if (ctx.actor.kind !== 'user') throw new Error('not a user')
    await store.db
      .update(users)
      .set({ passwordHash: await hashPassword(password) })
      .where(eq(users.id, ctx.actor.userId))
    return ctx.actor
  }
  /** The database's clock cannot be moved, so the failures are: then a slow machine cannot outwait a throttle. */
  const moveFailures = (by: string) =>
    store.db.execute(sql`update sign_in_attempts set at = at + ${by}::interval where not succeeded`)
  const tryAs = (email: string, given: string, address: string | null = null) =>
    signIn(store.db, { email, password: given, userAgent: 'test', address })

  it('opens a session for the right password, whatever the case of the e-mail, and audits it', async () => {
    const { email } = await createPerson()
    const { sessionId, user } = unwrap(await tryAs(email.toUpperCase(), password))
    expect(user).toMatchObject({ email, role: 'admin' })
    expect(await findSession(store.db, sessionId)).toMatchObject({ user: { email } })
    const entries = await store.db
      .select()
      .from(auditEntries)
      .where(eq(auditEntries.subject, `session:${sessionId}`))
    expect(entries).toMatchObject([{ action: 'sessions.sign-in', outcome: 'done', actor: `user:${email}` }])
  })

  it('answers a wrong password, an unknown e-mail and a disabled account alike', async () => {
    const [known, disabled] = [await createPerson(), await createPerson()]
    await store.db.update(users).set({ disabledAt: new Date() }).where(eq(users.id, disabled.userId))
    const answers = [
      await tryAs(known.email, 'wrong password'),
      await tryAs('nobody@example.com', 'wrong password'),
      await tryAs(disabled.email, password),
    ]
    for (const answer of answers) expect(answer).toEqual(answers[0])
    expect(answers[0]).toMatchObject({ ok: false, refusal: { code: 'sign-in-refused' } })
  })

  it('makes a person wait after five wrong passwords, also for the right one, and never counts the waiting', async () => {
    const { email } = await createPerson()
    for (let round = 0; round < 5; round++) await tryAs(email, 'wrong password')
    await moveFailures('1 hour')
    expect(await tryAs(email, password)).toMatchObject({ ok: false, refusal: { code: 'sign-in-throttled' } })
    await moveFailures('-1 hour -10 seconds')
    expect(await tryAs(email, password)).toMatchObject({ ok: true })
  })

  it('lets forty tries at once through no more than forty one by one', async () => {
    const { email } = await createPerson()
    const answers = await Promise.all(Array.from({ length: 40 }, () => tryAs(email, 'wrong password')))
    const tried = answers.filter((answer) => !answer.ok && answer.refusal.code === 'sign-in-refused')
    expect(tried.length).toBeLessThanOrEqual(7)
  })

  it('keeps an owner’s usual place open while strangers try the account from elsewhere', async () => {
    const { email } = await createPerson()
    unwrap(await tryAs(email, password, '203.0.113.5'))
    for (let round = 0; round < 8; round++) await tryAs(email, 'wrong password', `198.51.100.${round}`)
    await moveFailures('1 hour')
    expect(await tryAs(email, password, '192.0.2.77')).toMatchObject({ ok: false })
    expect(await tryAs(email, password, '203.0.113.5')).toMatchObject({ ok: true })
  })

  it('slows one address that tries many accounts', async () => {
    for (let round = 0; round < 30; round++) {
      await tryAs(`guess-${round}@example.com`, 'wrong password', '203.0.113.99')
    }
    await moveFailures('1 hour')
    const next = await tryAs('guess-30@example.com', 'wrong password', '203.0.113.99')
    expect(next).toMatchObject({ ok: false, refusal: { code: 'sign-in-throttled' } })
    await moveFailures('-1 hour')
  })

  it('counts a /64 of IPv6 as one address', () => {
    expect(addressBlock('2001:db8:1:2::5')).toBe(addressBlock('2001:db8:1:2:ffff::9'))
    expect(addressBlock('2001:db8:1:2::5')).not.toBe(addressBlock('2001:db8:1:3::5'))
    expect(addressBlock('::ffff:203.0.113.5')).toBe('203.0.113.5')
    expect(addressBlock('::1')).toBe('0:0:0:0')
  })

  it('ends a session that idled, grew old, was revoked, or whose person got another role', async () => {
    const { email } = await createPerson()
    const open = async () => unwrap(await tryAs(email, password)).sessionId
    const age = (id: string, values: object) =>
      store.db.update(sessions).set(values).where(eq(sessions.id, id))
    const [idle, old, revoked, demoted] = [await open(), await open(), await open(), await open()]
    await age(idle, { lastSeenAt: sql`now() - interval '31 minutes'` })
    await age(old, { expiresAt: sql`now()` })
    unwrap(await revokeSession(store.ctx, { sessionId: revoked }))
    for (const id of [idle, old, revoked]) expect(await findSession(store.db, id)).toBeNull()
    expect(await findSession(store.db, demoted)).not.toBeNull()
    unwrap(await changeUserRole(store.ctx, { email, role: 'viewer' }))
    expect(await findSession(store.db, demoted)).toBeNull()
    expect(await findSession(store.db, 'not-a-uuid')).toBeNull()
  })

  it('ends the session of a browser that signs out', async () => {
    const { email } = await createPerson('viewer')
    const { sessionId } = unwrap(await tryAs(email, password))
    await signOut(store.db, sessionId)
    await signOut(store.db, sessionId)
    expect(await findSession(store.db, sessionId)).toBeNull()
  })

  it('lets a viewer end the own session and no other', async () => {
    const [viewer, other] = [await createTestPerson(store, 'viewer'), await createPerson()]
    expect(await revokeSession(viewer, { sessionId: other.sessionId })).toMatchObject({ ok: false })
    const own = viewer.actor.kind === 'user' ? viewer.actor.sessionId : ''
    expect(await revokeSession(viewer, { sessionId: own })).toMatchObject({ ok: true })
  })
})
