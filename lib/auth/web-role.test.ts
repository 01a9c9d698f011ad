import { beforeAll, describe, expect, it } from 'vitest'
import { addUser } from '#lib/auth/add-user.ts'
import { changeUserRole } from '#lib/auth/change-user-role.ts'
import { createFirstAdminLink } from '#lib/auth/create-first-admin-link.ts'
import { disableUser } from '#lib/auth/disable-user.ts'
import { findSession } from '#lib/auth/find-session.ts'
import { proveStepUp } from '#lib/auth/prove-step-up.ts'
import { resetPassword } from '#lib/auth/reset-password.ts'
import { signIn } from '#lib/auth/sign-in.ts'
import { signOut } from '#lib/auth/sign-out.ts'
import { useOneTimeLink } from '#lib/auth/use-one-time-link.ts'
import type { Ctx } from '#lib/context.ts'
import { unwrap } from '#lib/errors.ts'
import { createTestStore, type TestStore } from '#lib/testing/test-db.ts'
import { openWebDoor, type WebDoor } from '#lib/testing/web-door.ts'

describe('accounts through the web’s own account', () => {
  let store: TestStore
  let web: WebDoor
  const password = 'a long enough passphrase'
  beforeAll(async () => {
    store = await createTestStore()
    web = await openWebDoor(store)
  })

  const enter = async (email: string): Promise<Ctx> => {
    const { user, sessionId } = unwrap(await signIn(web.db, { email, password }))
    const actor = { kind: 'user' as const, userId: user.id, email, role: user.role, sessionId }
    return { db: web.db, keys: null, actor }
  }
  const prove = async (ctx: Ctx, email: string) =>
    unwrap(await proveStepUp(ctx, { password, boundTo: `users:${email}` }))

  it('works as before under the rules: first admin, sign-in, proof, people, links, end of a session', async () => {
    const link = await createFirstAdminLink(store.ctx)
    const email = 'ada@example.com'
    unwrap(await useOneTimeLink(web.db, { token: link!.token, password, email, name: 'Ada' }))
    const ada = await enter(email)
    expect(await findSession(web.db, (ada.actor as { sessionId: string }).sessionId)).not.toBeNull()

    const bob = 'bob@example.com'
    await prove(ada, bob)
    const added = unwrap(await addUser(ada, { email: bob, role: 'viewer' }))
    unwrap(await useOneTimeLink(web.db, { token: added.token, password }))
    unwrap(await changeUserRole(ada, { email: bob, role: 'commander' }))
    const again = unwrap(await resetPassword(ada, { email: bob }))
    unwrap(await useOneTimeLink(web.db, { token: again.token, password }))
    const inside = await enter(bob)
    unwrap(await disableUser(ada, { email: bob }))
    expect(await proveStepUp(inside, { password, boundTo: 'x' })).toMatchObject({ ok: false })
    await signOut(web.db, (ada.actor as { sessionId: string }).sessionId)
    expect(await findSession(web.db, (ada.actor as { sessionId: string }).sessionId)).toBeNull()
  })

  it('makes nobody act through somebody else’s session', async () => {
    const carol = unwrap(
      await addUser(store.ctx, { email: 'carol@example.com', role: 'commander', approverNow: true }),
    )
    unwrap(await useOneTimeLink(store.db, { token: carol.token, password }))
    const [ada, other] = [await enter('ada@example.com'), await enter('carol@example.com')]
    const mixed = {
      ...ada.actor,
      sessionId: (other.actor as { sessionId: string }).sessionId,
    } as Ctx['actor']
    expect(await proveStepUp({ ...ada, actor: mixed }, { password, boundTo: 'x' })).toMatchObject({
      ok: false,
      refusal: { code: 'session-ended' },
    })
  })
})
