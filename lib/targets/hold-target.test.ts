import { beforeAll, describe, expect, it } from 'vitest'
import { unwrap } from '#lib/errors.ts'
import { addTarget } from '#lib/targets/add-target.ts'
import { listTargetHolders, type TargetHold, withTargetHold } from '#lib/targets/hold-target.ts'
import { createTestDatabase, createTestStore, type TestStore } from '#lib/testing/test-db.ts'

describe('withTargetHold', () => {
  let store: TestStore
  let targetId: string
  beforeAll(async () => {
    store = await createTestStore()
    const { url } = await createTestDatabase('create table public.t (id int primary key)')
    targetId = unwrap(await addTarget(store.ctx, { name: 'held', url, environment: 'development' })).id
  })
  const hold = (mode: 'read' | 'write', purpose = 'restore', waitMs = 0): TargetHold => ({
    targetId,
    purpose,
    subjectId: purpose,
    mode,
    waitMs,
  })
  const take = <T>(of: TargetHold, work: () => Promise<T>) => withTargetHold(store.ctx, of, work)

  it('lets one writer in at a time, and names the holder to the other', async () => {
    await take(hold('write', 'restore'), async () => {
      expect(await listTargetHolders(store.db, targetId)).toMatchObject([
        { purpose: 'restore', mode: 'write' },
      ])
      await expect(take(hold('write', 'recovery'), async () => {})).rejects.toMatchObject({
        code: 'target-busy',
        message: expect.stringContaining('restore (operator:tester@test'),
      })
    })
    expect(await listTargetHolders(store.db, targetId)).toEqual([])
  })

  it('lets readers share, keeps a writer out while one of them is left, and shows all of them', async () => {
    await take(hold('read', 'archive-1'), async () => {
      await take(hold('read', 'archive-2'), async () => {
        expect(await listTargetHolders(store.db, targetId)).toHaveLength(2)
      })
      await expect(take(hold('write'), async () => {})).rejects.toMatchObject({ code: 'target-busy' })
      expect(await listTargetHolders(store.db, targetId)).toMatchObject([{ purpose: 'archive-1' }])
    })
    await take(hold('write'), async () => {})
  })

  it('waits as long as it was told to', async () => {
    const begun = Promise.withResolvers<void>()
    const end = Promise.withResolvers<void>()
    const holding = take(hold('write'), () => {
      begun.resolve()
      return end.promise
    })
    await begun.promise
    const waiting = take(hold('write', 'recovery', 10_000), async () => 'in')
    await expect.poll(() => listTargetHolders(store.db, targetId)).toHaveLength(1)
    end.resolve()
    await holding
    expect(await waiting).toBe('in')
  })

  it('notices that its session was ended, and forgets the row that a dead holder left', async () => {
    await take(hold('write'), async () => {
      await withTargetHold(store.ctx, { ...hold('read'), targetId: await another() }, async () => {})
    })
    const lost = withTargetHold(store.ctx, hold('write'), async (held) => {
      await held.assertHeld()
      await store.db.$client`
        select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'holdfast:hold:restore'`
      await expect.poll(() => listTargetHolders(store.db, targetId)).toEqual([])
      await expect(held.assertHeld()).rejects.toMatchObject({ code: 'hold-lost' })
    })
    await lost
    await take(hold('write'), async () => {})
  })

  async function another(): Promise<string> {
    const { url } = await createTestDatabase()
    return unwrap(await addTarget(store.ctx, { name: 'other', url, environment: 'development' })).id
  }
})
