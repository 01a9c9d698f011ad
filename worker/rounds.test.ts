import { sql } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Ctx } from '#lib/context.ts'
import { closeDb, openDb } from '#lib/db/client.ts'
import { cleanUp } from '#lib/testing/clean-up.ts'
import { createTestStore } from '#lib/testing/test-db.ts'
import { goRounds } from '#worker/rounds.ts'

describe('rounds', () => {
  let ctx: Ctx
  beforeAll(async () => {
    const store = await createTestStore()
    const db = openDb(store.url, { applicationName: 'holdfast:test-rounds', maxConnections: 3 })
    cleanUp(() => closeDb(db))
    ctx = { ...store.ctx, db }
  })

  const roundsOf = (count: number, run: (ctx: Ctx, name: string) => Promise<void>) =>
    Array.from({ length: count }, (_, index) => {
      const name = `test-${index}`
      return { name, everyMs: 20, run: (given: Ctx) => run(given, name) }
    })

  it('all go, however many more there are than connections', async () => {
    const ending = new AbortController()
    const gone = new Set<string>()
    const going = goRounds(
      ctx,
      ending.signal,
      roundsOf(12, async ({ db }, name) => {
        await db.transaction((tx) => tx.execute(sql`select pg_sleep(0.01)`))
        gone.add(name)
        if (gone.size === 12) ending.abort()
      }),
    )
    const late = setTimeout(() => ending.abort(), 15_000)
    await going
    clearTimeout(late)
    expect(gone.size).toBe(12)
  })

  it('are done by one worker at a time', async () => {
    const ending = new AbortController()
    let [at, most, done] = [0, 0, 0]
    const list = roundsOf(1, async () => {
      most = Math.max(most, ++at)
      await new Promise((resolve) => setTimeout(resolve, 30))
      at--
      if (++done === 8) ending.abort()
    })
    await Promise.all([1, 2, 3].map(() => goRounds(ctx, ending.signal, list)))
    expect(most).toBe(1)
  })
})
