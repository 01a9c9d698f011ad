import { expect, test } from 'vitest'
import { stageRows } from '#lib/rows/stage-rows.ts'
import { listTables } from '#lib/targets/introspect.ts'
import { connectToUrl } from '#lib/targets/open-target.ts'
import { createTestDatabase } from '#lib/testing/test-db.ts'

const script = `create table public."odd ""name" (id bigint primary key, label text, score numeric);
  insert into public."odd ""name" select n, case when n % 7 = 0 then null else e'a\\tb\\n' || n end, n / 3.0 from generate_series(1, 20000) n`

test('only the buckets that differ travel, into a temporary table of the live session', async () => {
  const there = await createTestDatabase(script)
  const live = await createTestDatabase(script)
  await live.sql.unsafe(`delete from public."odd ""name" where id in (5, 900, 19999)`)
  await live.sql.unsafe(`update public."odd ""name" set label = 'x' where id = 14`)
  const from = connectToUrl(there.url, 'backup', { purpose: 'test' })
  const to = connectToUrl(live.url, 'restore', { purpose: 'test' })
  try {
    const [liveTable] = await listTables(to)
    const [sourceTable] = await listTables(from)
    const staged = await stageRows(from, to, liveTable!, sourceTable!)
    expect(staged.sourceRows).toBe(20_000)
    expect(staged.copiedRows).toBeGreaterThanOrEqual(4)
    expect(staged.copiedRows).toBeLessThan(4000)
    const missing = await to.unsafe(
      `select id from pg_temp.${staged.source.relation.name} s where not exists (select from public."odd ""name" l where l.id = s.id) order by id`,
    )
    expect(missing.map((row) => Number(row.id))).toEqual([5, 900, 19999])
  } finally {
    await from.end()
    await to.end()
  }
})

test('an empty table is staged as an empty one, and the next one after it', async () => {
  const there = await createTestDatabase('create table public.t (a int primary key, b bytea)')
  const live = await createTestDatabase(
    'create table public.t (a int primary key, b bytea); insert into public.t values (1)',
  )
  const from = connectToUrl(there.url, 'backup', { purpose: 'test' })
  const to = connectToUrl(live.url, 'restore', { purpose: 'test' })
  try {
    for (let time = 0; time < 2; time++) {
      const staged = await stageRows(from, to, (await listTables(to))[0]!, (await listTables(from))[0]!)
      expect(staged.copiedRows).toBe(0)
    }
  } finally {
    await from.end()
    await to.end()
  }
})

test('a table of a few large values travels, and the session goes on', async () => {
  const table = 'create table public.t (a int primary key, b text)'
  const there = await createTestDatabase(
    `${table}; insert into public.t select n, repeat('x', 40000) from generate_series(1, 9) n`,
  )
  const live = await createTestDatabase(table)
  const from = connectToUrl(there.url, 'backup', { purpose: 'test' })
  const to = connectToUrl(live.url, 'restore', { purpose: 'test' })
  try {
    for (let time = 0; time < 3; time++) {
      const staged = await stageRows(from, to, (await listTables(to))[0]!, (await listTables(from))[0]!)
      expect(staged.copiedRows).toBe(9)
    }
  } finally {
    await from.end()
    await to.end()
  }
})

test('a small table travels whole', async () => {
  const there = await createTestDatabase(
    'create table public.t (a int, b text); insert into public.t values (1, null), (1, null)',
  )
  const live = await createTestDatabase('create table public.t (a int, b text)')
  const from = connectToUrl(there.url, 'backup', { purpose: 'test' })
  const to = connectToUrl(live.url, 'restore', { purpose: 'test' })
  try {
    const staged = await stageRows(from, to, (await listTables(to))[0]!, (await listTables(from))[0]!)
    expect(staged.copiedRows).toBe(2)
    const back = await stageRows(to, from, (await listTables(from))[0]!, (await listTables(to))[0]!).catch(
      (error: unknown) => error,
    )
    // The source session is read-only: nothing is ever staged into a backup.
    expect(String(back)).toMatch(/read-only/)
  } finally {
    await from.end()
    await to.end()
  }
})

test('rows that the live database does not take end the copy with a refusal, and nobody waits', async () => {
  const table = (
    rule: string,
  ) => `create function public.is_good(value int) returns boolean language sql immutable as 'select ${rule}';
    create domain public.good as int check (public.is_good(value)); create table public.t (a int primary key, b public.good)`
  const there = await createTestDatabase(`${table('true')}; insert into public.t values (1, 1), (2, -2)`)
  const live = await createTestDatabase(table('value > 0'))
  const from = connectToUrl(there.url, 'backup', { purpose: 'test' })
  const to = connectToUrl(live.url, 'restore', { purpose: 'test' })
  try {
    const staged = stageRows(from, to, (await listTables(to))[0]!, (await listTables(from))[0]!)
    await expect(staged).rejects.toMatchObject({ code: 'rows-refused' })
    const [here, source] = [(await listTables(to))[0]!, (await listTables(from))[0]!]
    const inside = to.begin((transaction) => stageRows(from, transaction, here, source))
    await expect(inside).rejects.toMatchObject({ code: 'rows-refused' })
  } finally {
    await from.end({ timeout: 1 })
    await to.end({ timeout: 1 })
  }
})
