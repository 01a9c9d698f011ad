import { eq } from 'drizzle-orm'
import postgres from 'postgres'
import { beforeAll, describe, expect, it } from 'vitest'
import { guardEvents } from '#drizzle/schema/guards.ts'
import { watchTarget } from '#lib/guards/collect-guard-events.ts'
import { keepJournals } from '#lib/guards/keep-journals.ts'
import { createGuardedTarget, type GuardedTarget } from '#lib/testing/guarded-target.ts'

const script = `
  create table public.wide (id int primary key, text text not null);
  insert into public.wide select i, repeat(md5(i::text), 8) from generate_series(1, 30000) i;
  analyze public.wide;
`

describe('journals that may take one megabyte', () => {
  let target: GuardedTarget
  beforeAll(async () => {
    target = await createGuardedTarget(script, {
      budget: { statementRows: 100_000, transactionRows: 100_000, windowRows: 1_000_000 },
      protectedTables: [{ table: 'public.wide' }],
      retention: { journalMegabytes: 1, journalDays: 30 },
    })
    expect(await target.install()).toMatchObject({ installed: true })
  })
  const images = async (): Promise<number> => {
    const [guarded] = await target.sql`select journal::text as journal from holdfast.guarded_tables`
    return Number((await target.sql.unsafe(`select count(*) as n from ${guarded!.journal}`))[0]!.n)
  }

  it('let a large delete pass without its images, and say so', async () => {
    const warnings: string[] = []
    const session = postgres(target.url, {
      max: 1,
      onnotice: (notice) => warnings.push(String(notice.message)),
    })
    expect((await session`delete from public.wide where id <= 12000`).count).toBe(12_000)
    await session.end()
    expect(warnings.join()).toContain('are not in the journal: the journals take')
    expect(await images()).toBe(0)
    await watchTarget(target.store.ctx, target.targetId)
    const [event] = await target.store.db
      .select()
      .from(guardEvents)
      .where(eq(guardEvents.targetId, target.targetId))
    expect(event).toMatchObject({ kind: 'deleted', rows: 12_000 })
    expect(event!.detail).toMatchObject({ journalProblem: expect.stringContaining('may take 1024 kB') })
  })

  it('forget the oldest period early when they are full, and say which', async () => {
    const { ctx, db } = target.store
    for (let from = 12_000; from < 18_000; from += 3_000)
      await target.sql`delete from public.wide where id > ${from} and id <= ${from + 3_000}`
    expect(await images()).toBe(6_000)
    // Full already: a period begins before its week is over, and the one before it goes.
    const inOneMinute = new Date(Date.now() + 60_000)
    const { began, forgotten } = await keepJournals(ctx, target.targetId, inOneMinute)
    expect(began).not.toBeNull()
    expect(forgotten).toBeGreaterThan(0)
    expect(await images()).toBe(0)
    const events = await db.select().from(guardEvents).where(eq(guardEvents.kind, 'forgotten'))
    expect(events.map((event) => event.tableName)).toContainEqual(
      expect.stringContaining('journal_public_wide'),
    )
    expect(events[0]!.detail).toMatchObject({ why: 'the journals were full' })
    expect(await target.verify()).toMatchObject({ installed: true, statements: [] })
    await target.sql`delete from public.wide where id = 20000`
    expect(await images()).toBe(1)
    expect(await keepJournals(ctx, target.targetId, inOneMinute)).toMatchObject({ began: null })
  })

  it('never begin a period over a guard that somebody changed: that is for verification to find', async () => {
    await target.sql.begin(async (transaction) => {
      await transaction`select holdfast.open_permit('test')`
      await transaction.unsafe(`create or replace function holdfast.count_rows(ones regclass, thousands regclass, rows bigint)
        returns bigint language sql as 'select 0::bigint'`)
    })
    const later = new Date(Date.now() + 20 * 86_400_000)
    expect(await keepJournals(target.store.ctx, target.targetId, later)).toMatchObject({ began: null })
    expect(await target.verify()).toMatchObject({ installed: false })
  })
})
