import postgres from 'postgres'
import { afterAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { unwrap } from '#lib/errors.ts'
import { setCredential } from '#lib/targets/set-credential.ts'
import { createGuardedTarget, type GuardedTarget } from '#lib/testing/guarded-target.ts'
import { listCatalog } from '#lib/testing/list-catalog.ts'
import { watchLocks } from '#lib/testing/watch-locks.ts'

const script = `
  create table public.first (id int primary key);
  create table public.second (id int primary key references public.first on delete cascade);
  create table public.third (id int primary key);
  insert into public.first values (1), (2);`
const policy = {
  budget: { statementRows: 10, transactionRows: 15, windowRows: 1000 },
  protectedTables: [{ table: 'public.first' }, { table: 'public.second' }, { table: 'public.third' }],
}

/** A session that holds a lock on public.second in an open transaction until it is let go. */
async function holdLock(url: string, statement: string): Promise<{ letGo(): Promise<void> }> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  const session = await sql.reserve()
  await session.unsafe(`begin; ${statement}`)
  let held = true
  const letGo = async () => {
    if (held) {
      held = false
      await session.unsafe('commit')
      session.release()
      await sql.end()
    }
  }
  afterAll(letGo)
  return { letGo }
}

describe('guards under lock contention', () => {
  let target: GuardedTarget
  beforeEach(async () => {
    target = await createGuardedTarget(script, policy)
  })
  it.each([
    ['an open transaction that wrote', 'insert into public.second values (1)'],
    ['a session that locked the table', 'lock table public.second in row exclusive mode'],
  ])(
    'install beside %s: waits, holds no other table meanwhile, and completes when it ends',
    async (_who, statement) => {
      const blocker = await holdLock(target.url, statement)
      const locks = watchLocks(target.sql)
      const installing = target.install()
      await locks.untilBlocked()
      // The application goes on: what queues behind the waiting guard gets through when the guard gives its place up.
      await target.sql.begin(async (transaction) => {
        await transaction`set local lock_timeout = '4s'`
        await transaction`insert into public.second values (2)`
      })
      await locks.untilBlocked()
      await blocker.letGo()
      expect(await installing).toMatchObject({ installed: true })
      const seen = await locks.stop()
      expect(seen.blocked).toBeGreaterThan(0)
      expect(seen.heldWhileWaiting).toEqual([])
      expect(seen.longestWaitMs).toBeLessThan(3_500)
    },
  )

  it('install beside a reader without waiting at all', async () => {
    const reader = await holdLock(target.url, 'select * from public.second')
    const locks = watchLocks(target.sql)
    expect(await target.install()).toMatchObject({ installed: true })
    expect((await locks.stop()).blocked).toBe(0)
    await reader.letGo()
  })

  it('gives up after its retries, keeps what is done, and completes when it is repeated', async () => {
    const blocker = await holdLock(target.url, 'lock table public.second in row exclusive mode')
    const locks = watchLocks(target.sql)
    await expect(target.install()).rejects.toThrow('A table stayed locked by other sessions')
    expect((await locks.stop()).heldWhileWaiting).toEqual([])
    const half = await target.verify()
    expect(half.installed).toBe(false)
    expect(half.statements.length).toBeGreaterThan(0)
    await blocker.letGo()
    expect(await target.install()).toMatchObject({ installed: true })
  })

  it.each([
    ['a reader', 'select * from public.second'],
    ['an open transaction that wrote', 'insert into public.second values (1)'],
  ])('are removed beside %s: one table at a time, and completely when it ends', async (_who, statement) => {
    const before = await listCatalog(target.sql)
    await target.install()
    const blocker = await holdLock(target.url, statement)
    const locks = watchLocks(target.sql)
    const removing = target.remove()
    await locks.untilBlocked()
    await blocker.letGo()
    await removing
    const seen = await locks.stop()
    expect(seen.blocked).toBeGreaterThan(0)
    expect(seen.heldWhileWaiting).toEqual([])
    expect(seen.longestWaitMs).toBeLessThan(3_500)
    expect(await listCatalog(target.sql)).toEqual(before)
  })

  it('are removed by a role that owns none of the tables, one table at a time all the same', async () => {
    const role = 'guest_manners_guard'
    const server = postgres(inject('serverUrl'), { max: 1, onnotice: () => {} })
    await server.unsafe(`drop role if exists ${role}; create role ${role} login password 'only-in-this-test'`)
    await target.sql.unsafe(`
      do $$ begin execute format('grant create on database %I to ${role}', current_database()); end $$;
      grant trigger on public.first, public.second, public.third to ${role}`)
    const url = new URL(target.url)
    url.username = role
    url.password = 'only-in-this-test'
    unwrap(await setCredential(target.store.ctx, { name: target.name, role: 'guard', url: url.toString() }))
    await target.install()
    // A reader on the last table, and, when that is reached, one on each of the tables before it.
    const last = await holdLock(target.url, 'select * from public.third')
    const locks = watchLocks(target.sql)
    const removing = target.remove()
    await locks.untilBlocked()
    const earlier = await holdLock(target.url, 'select * from public.second')
    await last.letGo()
    await locks.untilBlocked()
    await earlier.letGo()
    await removing
    const seen = await locks.stop()
    expect(seen.blocked).toBeGreaterThan(0)
    expect(seen.heldWhileWaiting).toEqual([])
    expect(await target.sql`select from pg_trigger where not tgisinternal`).toHaveLength(0)
    await target.sql.unsafe(`drop owned by ${role}`)
    await server.unsafe(`drop role ${role}`)
    await server.end()
  })
})
