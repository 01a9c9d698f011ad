import { contenders, forgetJournals, refill, type Stage, timed } from '#scripts/bench/guard-stage.ts'
import { judgePairs, measureInTurn, type Verdict } from '#scripts/bench/paired.ts'

interface Bulk {
  name: string
  /** Before each contender's name: which of the tables. */
  prefix: string
  where: string
  /** Makes the table new for each run. Null: it is filled once and each DELETE is rolled back, its time taken before that. */
  refill: ((table: string) => Promise<void>) | null
}

async function timedAndUndone({ sql }: Stage, statement: string): Promise<number> {
  await sql`begin`
  const took = await timed(() => sql.unsafe(statement))
  await sql`rollback`
  return took
}

async function benchBulk(stage: Stage, bulk: Bulk, pairs: number): Promise<Verdict[]> {
  const contender = (table: string) => async () => {
    await bulk.refill?.(`${bulk.prefix}${table}`)
    await stage.sql`checkpoint`
    const statement = `delete from bench.${bulk.prefix}${table} ${bulk.where}`
    const took = bulk.refill
      ? await timed(() => stage.sql.unsafe(statement))
      : await timedAndUndone(stage, statement)
    await forgetJournals(stage)
    return took
  }
  const measured = await measureInTurn(
    Object.fromEntries(contenders.map((table) => [table, contender(table)])),
    pairs,
  )
  const judge = (table: string, goal: number | null, words = table) =>
    judgePairs({
      name: `${bulk.name}, ${words}`,
      against: 'no guard',
      unit: 'ms',
      measured: measured[table]!,
      baseline: measured.plain!,
      goal,
    })
  return [judge('floor', null, 'empty trigger'), judge('counted', 1.3), judge('journaled', 2)]
}

/** 300k of 1M wide rows, as an application's table has them. */
export async function benchWide(stage: Stage, rows: number, pairs: number): Promise<Verdict[]> {
  await stage.sql.unsafe(`insert into bench.wide
    select gen_random_uuid(), md5((i % 500)::text)::uuid, gen_random_uuid(), gen_random_uuid(), 'USER_MEMBER_OF_ORG',
      jsonb_build_object('role', 'member', 'since', i, 'note', repeat('x', 80)), true, i % 10, now(), now()
    from generate_series(1, ${rows}) i`)
  for (const table of contenders) {
    await stage.sql.unsafe(`insert into bench.wide_${table} select * from bench.wide`)
    await stage.sql.unsafe(`vacuum analyze bench.wide_${table}`)
  }
  const name = `DELETE of ${(rows * 0.3).toLocaleString('en')} of ${rows.toLocaleString('en')} wide rows`
  return benchBulk(stage, { name, prefix: 'wide_', where: 'where bucket < 3', refill: null }, pairs)
}

export const benchNarrow = (stage: Stage, rows: number, pairs: number): Promise<Verdict[]> =>
  benchBulk(
    stage,
    {
      name: `DELETE of all of ${rows.toLocaleString('en')} narrow rows`,
      prefix: '',
      where: '',
      refill: (table) => refill(stage, table, rows),
    },
    pairs,
  )
