import { asc, eq } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { guardEvents } from '#drizzle/schema/guards.ts'
import { watchTarget } from '#lib/guards/collect-guard-events.ts'
import { type GuardObservation, readGuardNews, settledAttempts } from '#lib/guards/guard-news.ts'
import { createGuardedTarget, type GuardedTarget, refusalOf } from '#lib/testing/guarded-target.ts'

const script = `
  create table public.member (id int primary key);
  insert into public.member select generate_series(1, 100);
`
const policy = {
  budget: { statementRows: 10, transactionRows: 15, windowRows: 1000 },
  protectedTables: [{ table: 'public.member' }],
}

describe('watchTarget', () => {
  let target: GuardedTarget
  beforeAll(async () => {
    target = await createGuardedTarget(script, policy)
  })
  const look = () => watchTarget(target.store.ctx, target.targetId)
  const events = () =>
    target.store.db
      .select()
      .from(guardEvents)
      .where(eq(guardEvents.targetId, target.targetId))
      .orderBy(asc(guardEvents.at))

  it('does nothing where no guard was ever installed', async () => {
    expect(await look()).toEqual({ news: false })
    await target.install()
    expect(await look()).toEqual({ news: false })
  })

  it('has the particulars of a refused attempt although its transaction was rolled back', async () => {
    await refusalOf(target.sql`delete from public.member where id > 0`)
    expect(await look()).toEqual({ news: true })
    expect(await events()).toMatchObject([
      {
        kind: 'blocked',
        tableName: 'public.member',
        rows: 100,
        roleName: 'holdfast',
        clientAddress: '127.0.0.1',
        statement: 'delete from public.member where id > $1',
        detail: { act: 'delete', exceeded: 'statement' },
      },
    ])
    expect(await look()).toEqual({ news: false })
  })

  it('never stores the literals of a statement, unless the policy says so', async () => {
    await refusalOf(target.sql`delete from public.member where id::text <> 'ann@example.com'`)
    await look()
    const stored = await target.store.db.select().from(guardEvents)
    expect(JSON.stringify(stored)).not.toContain('ann@')
    const plain = await createGuardedTarget(script, { ...policy, redactLiterals: false })
    await plain.install()
    await refusalOf(plain.sql`delete from public.member where id::text <> 'ann@example.com'`)
    await watchTarget(plain.store.ctx, plain.targetId)
    const [kept] = await plain.store.db
      .select()
      .from(guardEvents)
      .where(eq(guardEvents.targetId, plain.targetId))
    expect(kept!.statement).toContain('ann@example.com')
  })

  it('has one event per deleting transaction and table, once, also when it ends after a later one', async () => {
    await target.sql.begin(async (slow) => {
      await slow`delete from public.member where id in (1, 2)`
      await slow`delete from public.member where id = 3`
      expect(await look()).toEqual({ news: false })
    })
    expect(await look()).toEqual({ news: true })
    const deleted = (await events()).filter((event) => event.kind === 'deleted')
    expect(deleted).toMatchObject([{ rows: 3, detail: { statements: 2 } }])
    await Promise.all([look(), look()])
    expect(await events()).toHaveLength(3)
  })

  it('still has count, time and rows when the evidence link is broken', async () => {
    await target.sql`update holdfast.evidence_link set password = 'wrong'`
    expect((await refusalOf(target.sql`delete from public.member`)).code).toBe('HF001')
    // The count settles only when the particulars had time to arrive; the clock of the counter is set back instead of waiting.
    const [counter] = await target.sql`select last_attempt::text as name from holdfast.guarded_tables`
    await target.sql.unsafe(
      `select setval('${counter!.name}', ((extract(epoch from now() - interval '10 seconds') * 1000)::bigint << 21) | (last_value & 2097151))
        from ${counter!.name}`,
    )
    expect(await look()).toEqual({ news: true })
    const counted = (await events()).filter((event) => event.roleName === null)
    const [{ rows }] = await target.sql<[{ rows: number }]>`select count(*)::int as rows from public.member`
    expect(counted).toMatchObject([{ kind: 'blocked', rows, tableName: 'public.member' }])
    expect(await look()).toEqual({ news: false })
  })
})

describe('readGuardNews', () => {
  const seen = (change: Partial<GuardObservation>): GuardObservation => ({
    lookedAt: new Date('2026-01-01T12:00:00Z'),
    nextTransaction: '900',
    deletes: [],
    attempts: [],
    counters: [],
    ...change,
  })
  const counter = (attempt: number, at: string) => ({
    table: 'public.member',
    guardedAt: 1,
    attempt,
    lastAt: Date.parse(at),
    lastRows: 0,
  })

  it('waits for the particulars of a fresh attempt before it records the bare count', () => {
    const fresh = seen({ counters: [counter(3, '2026-01-01T11:59:58Z')] })
    expect(readGuardNews(fresh, { 'public.member': 2 })).toEqual([])
    expect(settledAttempts(fresh, { 'public.member': 2 })).toEqual({ 'public.member': 2 })
    const settled = seen({ counters: [counter(3, '2026-01-01T11:59:50Z')] })
    expect(readGuardNews(settled, { 'public.member': 1 })).toHaveLength(2)
    expect(settledAttempts(settled, {})).toEqual({ 'public.member': 3 })
  })

  it('starts again when a guard was installed anew and its counter went back', () => {
    const anew = seen({ counters: [counter(0, '1970-01-01T00:00:00Z')] })
    expect(readGuardNews(anew, { 'public.member': 40 })).toEqual([])
    expect(settledAttempts(anew, { 'public.member': 40 })).toEqual({ 'public.member': 0 })
  })
})
