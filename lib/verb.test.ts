import { eq } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { auditEntries } from '#drizzle/schema/audit.ts'
import { users } from '#drizzle/schema/auth.ts'
import { refuse } from '#lib/errors.ts'
import { createTestPerson, createTestStore, type TestStore } from '#lib/testing/test-db.ts'
import { defineVerb } from '#lib/verb.ts'

const renameUser = defineVerb({
  action: 'users.add',
  input: z.strictObject({ id: z.uuid(), name: z.string().min(1) }),
  async act({ tx }, input) {
    await tx.update(users).set({ name: input.name }).where(eq(users.id, input.id))
    if (input.name === 'forbidden') return refuse('bad-name', 'That name is taken.', 'Choose another.')
    return { value: input.name, audit: { subject: `user:${input.id}` }, changed: ['users'] }
  },
})

describe('defineVerb', () => {
  let store: TestStore
  beforeAll(async () => {
    store = await createTestStore()
  })
  const newest = async () => (await store.db.select().from(auditEntries)).sort((a, b) => b.seq - a.seq)[0]!

  it('does the act and audits it in one transaction', async () => {
    const admin = await createTestPerson(store, 'admin')
    const id = admin.actor.kind === 'user' ? admin.actor.userId : ''
    expect(await renameUser(admin, { id, name: 'Ada' })).toEqual({ ok: true, value: 'Ada' })
    expect(await newest()).toMatchObject({ action: 'users.add', outcome: 'done', subject: `user:${id}` })
  })

  it('rolls back a refused act and keeps the evidence', async () => {
    const admin = await createTestPerson(store, 'admin')
    const id = admin.actor.kind === 'user' ? admin.actor.userId : ''
    const outcome = await renameUser(admin, { id, name: 'forbidden' })
    expect(outcome).toMatchObject({ ok: false, refusal: { code: 'bad-name' } })
    expect((await store.db.select().from(users).where(eq(users.id, id)))[0]!.name).not.toBe('forbidden')
    expect(await newest()).toMatchObject({ outcome: 'refused', detail: { code: 'bad-name' } })
  })

  it('refuses a viewer before it parses anything, and audits that', async () => {
    const viewer = await createTestPerson(store, 'viewer')
    expect(await renameUser(viewer, { nonsense: true })).toMatchObject({
      ok: false,
      refusal: { code: 'forbidden' },
    })
    expect(await newest()).toMatchObject({ outcome: 'refused', detail: { code: 'forbidden' } })
  })

  it('refuses a person demoted a moment ago, whatever the session says', async () => {
    const admin = await createTestPerson(store, 'admin')
    const id = admin.actor.kind === 'user' ? admin.actor.userId : ''
    await store.db.update(users).set({ role: 'viewer' }).where(eq(users.id, id))
    expect(await renameUser(admin, { id, name: 'Ada' })).toMatchObject({
      ok: false,
      refusal: { code: 'forbidden' },
    })
  })

  it('names the field that is wrong', async () => {
    const admin = await createTestPerson(store, 'admin')
    expect(await renameUser(admin, { id: 'x', name: 'Ada' })).toMatchObject({
      ok: false,
      refusal: { code: 'invalid-input', reason: expect.stringContaining('id') },
    })
  })

  it('keeps a chain that verifies, and finds the entry that was changed', async () => {
    const verify = async () => (await store.db.$client`select * from holdfast_verify_audit()`)[0]!
    expect(await verify()).toMatchObject({ first_broken: null })
    await expect(store.db.$client`update audit_entries set actor = 'nobody' where seq = 2`).rejects.toThrow(
      /append-only/,
    )
    await store.db.$client`alter table audit_entries disable trigger user`
    await store.db.$client`update audit_entries set actor = 'nobody' where seq = 2`
    expect(await verify()).toMatchObject({ first_broken: '2' })
  })
})
