import { eq, sql } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { oneTimeLinks, users } from '#drizzle/schema/auth.ts'
import { addUser } from '#lib/auth/add-user.ts'
import { changeUserRole } from '#lib/auth/change-user-role.ts'
import { createFirstAdminLink } from '#lib/auth/create-first-admin-link.ts'
import { disableUser } from '#lib/auth/disable-user.ts'
import { hashPassword } from '#lib/auth/password.ts'
import { proveStepUp } from '#lib/auth/prove-step-up.ts'
import { resetPassword } from '#lib/auth/reset-password.ts'
import { signIn } from '#lib/auth/sign-in.ts'
import { hasStepUp } from '#lib/auth/step-up.ts'
import { findOneTimeLink, useOneTimeLink } from '#lib/auth/use-one-time-link.ts'
import type { Ctx } from '#lib/context.ts'
import { unwrap } from '#lib/errors.ts'
import { createTestPerson, createTestStore, type TestStore } from '#lib/testing/test-db.ts'

const password = 'correct horse battery'

describe('people', () => {
  let store: TestStore
  beforeAll(async () => {
    store = await createTestStore()
  })
  const userOf = async (email: string) =>
    (await store.db.select().from(users).where(eq(users.email, email)))[0]!
  const sessionOf = (ctx: Ctx) => (ctx.actor.kind === 'user' ? ctx.actor.sessionId : '')
  async function createAdminWithPassword() {
    const admin = await createTestPerson(store, 'admin')
    const id = admin.actor.kind === 'user' ? admin.actor.userId : ''
    await store.db
      .update(users)
      .set({ passwordHash: await hashPassword(password) })
      .where(eq(users.id, id))
    return admin
  }

  it('lets the first admin choose e-mail and password once, and makes no link when somebody can sign in', async () => {
    const link = (await createFirstAdminLink(store.ctx))!
    expect(await findOneTimeLink(store.db, link.token)).toMatchObject({ choosesEmail: true })
    expect(await useOneTimeLink(store.db, { token: link.token, password })).toMatchObject({ ok: false })
    const input = { token: link.token, password, email: 'First@Example.com', name: 'Ada' }
    expect(await useOneTimeLink(store.db, input)).toMatchObject({ ok: true })
    expect(await useOneTimeLink(store.db, input)).toMatchObject({
      ok: false,
      refusal: { code: 'link-unusable' },
    })
    expect(await signIn(store.db, { email: 'first@example.com', password })).toMatchObject({ ok: true })
    expect(await createFirstAdminLink(store.ctx)).toBeNull()
  })

  it('makes a new person wait 24 h before approving, unless the host’s operator vouches', async () => {
    unwrap(await addUser(store.ctx, { email: 'new@example.com', role: 'commander' }))
    unwrap(await addUser(store.ctx, { email: 'vouched@example.com', role: 'commander', approverNow: true }))
    const hours = async (email: string) =>
      Math.round(((await userOf(email)).approverFrom!.getTime() - Date.now()) / 3_600_000)
    expect(await hours('new@example.com')).toBe(24)
    expect(Math.abs(await hours('vouched@example.com'))).toBe(0)
  })

  it('refuses a viewer, and an admin who vouches or who has not proved to be at the session', async () => {
    const viewer = await createTestPerson(store, 'viewer')
    const admin = await createAdminWithPassword()
    const input = { email: 'x@example.com', role: 'admin' }
    expect(await addUser(viewer, input)).toMatchObject({ refusal: { code: 'forbidden' } })
    expect(await changeUserRole(viewer, input)).toMatchObject({ refusal: { code: 'forbidden' } })
    expect(await resetPassword(viewer, { email: input.email })).toMatchObject({
      refusal: { code: 'forbidden' },
    })
    expect(await disableUser(viewer, { email: input.email })).toMatchObject({
      refusal: { code: 'forbidden' },
    })
    expect(await addUser(admin, { ...input, approverNow: true })).toMatchObject({
      refusal: { code: 'vouch-refused' },
    })
    expect(await addUser(admin, input)).toMatchObject({ refusal: { code: 'step-up-needed' } })
    unwrap(await proveStepUp(admin, { password, boundTo: 'users:x@example.com' }))
    expect(await addUser(admin, input)).toMatchObject({ ok: true })
    expect(await addUser(admin, input)).toMatchObject({ refusal: { code: 'email-taken' } })
  })

  it('refuses that anybody changes their own role', async () => {
    const admin = await createAdminWithPassword()
    const email = admin.actor.kind === 'user' ? admin.actor.email : ''
    expect(await changeUserRole(admin, { email, role: 'commander' })).toMatchObject({
      refusal: { code: 'own-role' },
    })
  })

  it('binds a step-up to one thing for five minutes, and to the right password', async () => {
    const admin = await createAdminWithPassword()
    expect(await proveStepUp(admin, { password: 'wrong password', boundTo: 'a' })).toMatchObject({
      refusal: { code: 'password-wrong' },
    })
    expect(await proveStepUp(admin, { boundTo: 'a' })).toMatchObject({
      refusal: { code: 'password-needed' },
    })
    unwrap(await proveStepUp(admin, { password, boundTo: 'a' }))
    expect(await hasStepUp(store.db, sessionOf(admin), 'a')).toBe(true)
    expect(await hasStepUp(store.db, sessionOf(admin), 'b')).toBe(false)
    await store.db.execute(sql`update step_ups set proved_at = proved_at - interval '6 minutes'`)
    expect(await hasStepUp(store.db, sessionOf(admin), 'a')).toBe(false)
  })

  it('throttles wrong passwords at the step-up, whatever rolls back', async () => {
    const admin = await createAdminWithPassword()
    const codes = []
    for (let round = 0; round < 8; round++) {
      const outcome = await proveStepUp(admin, { password: 'wrong password', boundTo: 'a' })
      codes.push(outcome.ok ? 'ok' : outcome.refusal.code)
    }
    expect(codes).toContain('step-up-throttled')
  })

  it('resets a password so that nobody can approve as that person for 24 h, and voids older links and sessions', async () => {
    const added = unwrap(
      await addUser(store.ctx, { email: 'forgot@example.com', role: 'commander', approverNow: true }),
    )
    unwrap(await useOneTimeLink(store.db, { token: added.token, password }))
    const first = unwrap(await resetPassword(store.ctx, { email: 'forgot@example.com' }))
    const second = unwrap(await resetPassword(store.ctx, { email: 'forgot@example.com' }))
    expect(await signIn(store.db, { email: 'forgot@example.com', password })).toMatchObject({ ok: false })
    expect(await useOneTimeLink(store.db, { token: first.token, password })).toMatchObject({ ok: false })
    expect(await useOneTimeLink(store.db, { token: second.token, password })).toMatchObject({ ok: true })
    expect((await userOf('forgot@example.com')).approverFrom!.getTime()).toBeGreaterThan(
      Date.now() + 86_000_000,
    )
  })

  it('refuses a link after its time, a short password, and two uses at once', async () => {
    const { token, id } = unwrap(await addUser(store.ctx, { email: 'link@example.com', role: 'viewer' }))
    expect(await useOneTimeLink(store.db, { token, password: 'too short' })).toMatchObject({
      refusal: { code: 'invalid-input' },
    })
    const answers = await Promise.all([1, 2, 3, 4].map(() => useOneTimeLink(store.db, { token, password })))
    expect(answers.filter((answer) => answer.ok)).toHaveLength(1)
    const late = unwrap(await resetPassword(store.ctx, { email: 'link@example.com' }))
    await store.db.update(oneTimeLinks).set({ expiresAt: sql`now()` }).where(eq(oneTimeLinks.userId, id))
    expect(await useOneTimeLink(store.db, { token: late.token, password })).toMatchObject({
      refusal: { code: 'link-unusable' },
    })
  })
})
