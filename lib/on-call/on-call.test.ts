import { eq } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { users } from '#drizzle/schema/auth.ts'
import { unwrap } from '#lib/errors.ts'
import { addOverride } from '#lib/on-call/add-override.ts'
import { findOnCall, listOnCallNow } from '#lib/on-call/find-on-call.ts'
import { removeOverride } from '#lib/on-call/remove-override.ts'
import { removeRotation } from '#lib/on-call/remove-rotation.ts'
import { setRotation } from '#lib/on-call/set-rotation.ts'
import { createTestPerson, createTestStore, type TestStore } from '#lib/testing/test-db.ts'

const hoursFromNow = (hours: number) => new Date(Date.now() + hours * 3_600_000)

describe('a rotation', () => {
  let store: TestStore
  let [ada, ben] = ['', '']
  beforeAll(async () => {
    store = await createTestStore()
    const people = [await createTestPerson(store, 'admin'), await createTestPerson(store, 'commander')]
    ;[ada = '', ben = ''] = people.map(({ actor }) => (actor.kind === 'user' ? actor.userId : ''))
  })
  const make = async (name: string) =>
    unwrap(
      await setRotation(store.ctx, {
        name,
        timeZone: 'Europe/Berlin',
        startsAt: hoursFromNow(-1),
        shiftDays: 1,
        members: [ada, ben],
      }),
    ).rotationId
  const who = async (rotationId: string, hours = 0) =>
    (await findOnCall(store.db, rotationId, hoursFromNow(hours)))?.userId

  it('says who is on call now and later, who stands in, and nobody once it is removed', async () => {
    const rotationId = await make('first')
    expect(await who(rotationId)).toBe(ada)
    expect(await who(rotationId, 24)).toBe(ben)
    const { overrideId } = unwrap(
      await addOverride(store.ctx, {
        rotationId,
        userId: ben,
        startsAt: hoursFromNow(-0.5),
        endsAt: hoursFromNow(2),
      }),
    )
    expect(await findOnCall(store.db, rotationId, new Date())).toMatchObject({
      userId: ben,
      isOverride: true,
    })
    unwrap(await removeOverride(store.ctx, { overrideId }))
    expect(await who(rotationId)).toBe(ada)
    expect(await listOnCallNow(store.db, new Date())).toMatchObject([{ rotation: 'first', userId: ada }])
    unwrap(await removeRotation(store.ctx, { rotationId }))
    expect(await findOnCall(store.db, rotationId, new Date())).toBeNull()
    expect(await listOnCallNow(store.db, new Date())).toEqual([])
  })

  it('passes over a person whose account is disabled meanwhile', async () => {
    const rotationId = await make('second')
    await store.db.update(users).set({ disabledAt: new Date() }).where(eq(users.id, ada))
    expect(await who(rotationId)).toBe(ben)
    await store.db.update(users).set({ disabledAt: null }).where(eq(users.id, ada))
    expect(await who(rotationId)).toBe(ada)
  })

  it('refuses a zone that is none, a member without account, a name that is taken, and standing in for nothing', async () => {
    const rotationId = await make('third')
    const given = { name: 'fourth', timeZone: 'UTC', startsAt: new Date(), shiftDays: 7, members: [ada] }
    const codeOf = async (outcome: Promise<{ ok: boolean; refusal?: { code: string } }>) =>
      (await outcome).refusal?.code
    expect(await codeOf(setRotation(store.ctx, { ...given, timeZone: 'Mars/Base' }))).toBe('time-zone')
    expect(await codeOf(setRotation(store.ctx, { ...given, timeZone: '+02:00' }))).toBe('time-zone')
    expect(await codeOf(setRotation(store.ctx, { ...given, members: [rotationId] }))).toBe('member-not-found')
    expect(await codeOf(setRotation(store.ctx, { ...given, name: 'third' }))).toBe('rotation-exists')
    const override = { rotationId, userId: ben, startsAt: hoursFromNow(2), endsAt: hoursFromNow(1) }
    expect(await codeOf(addOverride(store.ctx, override))).toBe('override-empty')
    const both = await Promise.all([make('fifth').catch(() => null), make('fifth').catch(() => null)])
    expect(both.filter(Boolean)).toHaveLength(1)
  })
})
