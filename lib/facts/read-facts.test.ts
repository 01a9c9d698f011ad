import fc from 'fast-check'
import postgres from 'postgres'
import { beforeAll, describe, expect, it } from 'vitest'
import { compareFacts } from '#lib/facts/compare-facts.ts'
import { readFacts } from '#lib/facts/read-facts.ts'
import type { Facts } from '#lib/facts/types.ts'
import { quoteTable } from '#lib/sql/identifier.ts'
import { createTestDatabase } from '#lib/testing/test-db.ts'

const script = `
  create type public.mood as enum ('well', 'ill');
  create domain public.email as text check (value like '%@%');
  create table public."e""mail" (id bigint generated always as identity primary key, address public.email,
    lower_address text generated always as (lower(address)) stored, mood public.mood, spans interval, at timestamptz,
    amount float8, body bytea, document jsonb, tags text[]);
  create table public."naïve 名" (a text, b text);
  create table public."bazaar-vid_user" (id int primary key, status varchar(10) not null
    check (status in ('on', 'off')));
  alter table public."bazaar-vid_user" add constraint late check (id < 1000000) not valid;
  create table public.split (id int, part text) partition by list (part);
  create table public.split_a partition of public.split for values in ('a');
  create table public.split_b partition of public.split for values in ('b');
  create materialized view public.summary as select count(*) from public.split;
  create index on public."bazaar-vid_user" (status) where status in ('on', 'off');
  create function public.touch() returns trigger language plpgsql as 'begin return new; end';
  create trigger touch before update on public."bazaar-vid_user" for each row execute function public.touch();
  create policy mine on public."naïve 名" using (a = current_user);
  insert into public."e""mail" (address, mood, spans, at, amount, body, document, tags)
  select 'p' || n || '@x.example', case when n % 2 = 0 then 'well' else 'ill' end::public.mood, n * interval '1 day 3 minutes',
    timestamptz '2024-02-29 12:00+00' + n * interval '1 hour', n / 3.0, decode(lpad(to_hex(n), 4, '0'), 'hex'),
    jsonb_build_object('n', 9007199254740993 + n), array['a,b', null, '"']
  from generate_series(1, 200) n;
  insert into public."naïve 名" select 'same', 'row' from generate_series(1, 2);
  insert into public."bazaar-vid_user" select n, 'on' from generate_series(1, 50) n;
  insert into public.split select n, case when n % 2 = 0 then 'a' else 'b' end from generate_series(1, 10) n;
`

describe('readFacts', () => {
  let sql: postgres.Sql
  let url: string
  const facts = (from = sql): Promise<Facts> =>
    from.begin('isolation level repeatable read read only', (tx) => readFacts(tx)) as Promise<Facts>
  const checksumOf = (all: Facts, name: string) => all.tables.find((table) => table.name === name)!

  beforeAll(async () => {
    const database = await createTestDatabase(script)
    sql = database.sql
    url = database.url
  })

  it('counts every table exactly, whatever its name, and partitions by leaf', async () => {
    const { tables, notCovered } = await facts()
    expect(Object.fromEntries(tables.map((table) => [table.name, table.rows]))).toEqual({
      'bazaar-vid_user': 50,
      'e"mail': 200,
      'naïve 名': 2,
      split_a: 5,
      split_b: 5,
    })
    expect(notCovered.map(({ name }) => name)).toEqual(['public.summary'])
  })

  it('is the same under any session settings', async () => {
    const other = postgres(url, {
      max: 1,
      onnotice: () => {},
      connection: {
        TimeZone: 'Asia/Tokyo',
        DateStyle: 'SQL, DMY',
        IntervalStyle: 'postgres_verbose',
        extra_float_digits: -5,
        bytea_output: 'escape',
        search_path: 'public',
      },
    })
    const [mine, theirs] = await Promise.all([facts(), facts(other)])
    await other.end()
    expect(compareFacts(mine, theirs)).toEqual([])
    expect(theirs.schemaFingerprint).toBe(mine.schemaFingerprint)
  })

  it('refuses to read facts of more than one moment', async () => {
    await expect(sql.begin((tx) => readFacts(tx))).rejects.toMatchObject({ code: 'facts-no-snapshot' })
  })

  it.each([
    ['one value', `update public."e""mail" set amount = amount + 1e-9 where id = 7`, 'e"mail'],
    [
      'null to empty text',
      `insert into public."naïve 名" values (null, ''); delete from public."naïve 名" where ctid in (select ctid from public."naïve 名" where a = 'same' limit 1)`,
      'naïve 名',
    ],
    ['two values swapped within a row', `update public."naïve 名" set a = b, b = a`, 'naïve 名'],
    [
      'two values swapped between rows',
      `update public."e""mail" set mood = case id when 1 then 'well' else 'ill' end::public.mood where id in (1, 2)`,
      'e"mail',
    ],
    [
      'an element order in an array',
      `update public."e""mail" set tags = array[null, 'a,b', '"'] where id = 3`,
      'e"mail',
    ],
  ])('changes the checksum but not the count for %s', async (_, change, table) => {
    const before = checksumOf(await facts(), table)
    await sql.unsafe(change)
    const after = checksumOf(await facts(), table)
    expect(after.rows).toBe(before.rows)
    expect(after.checksum).not.toBe(before.checksum)
  })

  it('notices that a doubled row of a keyless table was replaced by another doubled row', async () => {
    await sql`truncate public."naïve 名"`
    await sql`insert into public."naïve 名" values ('x', 'x'), ('x', 'x')`
    const before = checksumOf(await facts(), 'naïve 名')
    await sql`update public."naïve 名" set a = 'y'`
    expect(checksumOf(await facts(), 'naïve 名').checksum).not.toBe(before.checksum)
  })

  it('notices rows that changed places between two tables of the same shape', async () => {
    const before = await facts()
    await sql`update public.split set part = case part when 'a' then 'b' else 'a' end`
    const differences = compareFacts(before, await facts())
    expect(differences.map(({ subject, kind }) => [subject, kind])).toEqual([
      ['public.split_a', 'checksum'],
      ['public.split_b', 'checksum'],
    ])
  })

  it('gives the same checksum for the same rows in any order and any column order, and another for other rows', async () => {
    const rows = fc.array(fc.tuple(fc.string({ maxLength: 8 }), fc.option(fc.string({ maxLength: 8 }))), {
      maxLength: 12,
    })
    const clean = (text: string | null) => text?.replaceAll('\u0000', '0') ?? null
    await sql`create table public.one (a text, b text)`
    await sql`create table public.two (b text, a text)`
    const fill = async (name: string, list: (string | null)[][]) => {
      await sql.unsafe(`truncate ${quoteTable({ schema: 'public', name })}`)
      for (const [a, b] of list)
        await sql.unsafe(`insert into public.${name} (a, b) values ($1, $2)`, [a!, b!])
    }
    await fc.assert(
      fc.asyncProperty(rows, rows, async (left, right) => {
        const [x, y] = [left, right].map((list) => list.map((row) => row.map(clean)))
        const sorted = (list: (string | null)[][]) =>
          list
            .map((row) => JSON.stringify(row))
            .sort()
            .join()
        await fill('one', x!)
        await fill('two', [...x!].reverse())
        const same = await facts()
        expect(checksumOf(same, 'two').checksum).toBe(checksumOf(same, 'one').checksum)
        await fill('two', y!)
        const different = checksumOf(await facts(), 'two').checksum !== checksumOf(same, 'one').checksum
        expect(different).toBe(sorted(x!) !== sorted(y!))
      }),
      { numRuns: 15 },
    )
    await sql`drop table public.one, public.two`
  })

  it('names a lagging sequence, a constraint lost or not validated, and a changed definition', async () => {
    const before = await facts()
    await sql.unsafe(`
      select setval('public."e""mail_id_seq"', 5);
      alter table public."bazaar-vid_user" validate constraint late;
      alter table public."bazaar-vid_user" disable trigger touch;
      drop policy mine on public."naïve 名"`)
    const kinds = compareFacts(before, await facts()).map(({ subject, kind }) => `${kind} ${subject}`)
    expect(kinds).toEqual([
      'sequence public."e""mail_id_seq"',
      'constraint late on public."bazaar-vid_user"',
      expect.stringContaining('definition policy mine on'),
      expect.stringContaining('definition trigger O: CREATE TRIGGER touch'),
      expect.stringContaining('definition trigger D: CREATE TRIGGER touch'),
    ])
  })

  it('stays with the tables asked for, a partitioned one as a whole', async () => {
    const some = await sql.begin('isolation level repeatable read', (tx) =>
      readFacts(tx, { tables: [{ schema: 'public', name: 'split' }] }),
    )
    expect(some.tables).toMatchObject([{ name: 'split', rows: 10 }])
    expect(some.sequences).toEqual([])
    expect(some.definitions.every((line) => line.includes('split'))).toBe(true)
  })

  it('is an error, never a smaller number, when row security would hide rows', async () => {
    await sql.unsafe(`
      alter table public."naïve 名" enable row level security;
      create role narrow_reader login password 'x';
      grant select on all tables in schema public to narrow_reader;
      grant select on all sequences in schema public to narrow_reader`)
    try {
      await expect(
        sql.begin('isolation level repeatable read', async (tx) => {
          await tx`set local role narrow_reader`
          return readFacts(tx)
        }),
      ).rejects.toMatchObject({ code: '42501' })
    } finally {
      await sql`drop owned by narrow_reader`
      await sql`drop role narrow_reader`
    }
  })

  it('stops at once when the work is cancelled', async () => {
    const abort = new AbortController()
    abort.abort(new Error('enough'))
    await expect(
      sql.begin('isolation level repeatable read', (tx) => readFacts(tx, { signal: abort.signal })),
    ).rejects.toThrow('enough')
  })
})
