import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mapColumns } from '#lib/rows/map-columns.ts'
import { readColumns } from '#lib/rows/stage-rows.ts'
import { listTables } from '#lib/targets/introspect.ts'
import { connectToUrl } from '#lib/targets/open-target.ts'
import { comparisonOf, createRowsStage } from '#lib/testing/rows-stage.ts'
import { createTestDatabase } from '#lib/testing/test-db.ts'

type Stage = Awaited<ReturnType<typeof createRowsStage>>

const script = `create type public.mood as enum ('well', 'ill', 'gone');
  create table public.people (id int primary key, mail varchar(40), mood public.mood, points bigint, price numeric(10, 3), nick text);
  insert into public.people select n, 'p' || n || '@x.example', 'well', n, n + 0.5, 'n' || n from generate_series(1, 5) n;
  insert into public.people values (6, 'someone.with.a.long.name@x.example', 'gone', 5000000000, 1.125, 'six')`

const changes = `alter table public.people alter mail type varchar(20) using left(mail, 20), alter points type int using 0,
    alter price type numeric(10, 2), add check (id < 100);
  create type public.feeling as enum ('well', 'ill');
  alter table public.people alter mood type public.feeling using 'well';
  alter table public.people add constraint short check (length(nick) < 4);
  alter table public.people rename nick to alias`

describe('a schema that changed since', () => {
  let stage: Stage

  beforeAll(async () => {
    stage = await createRowsStage(script)
    await stage.keep()
    await stage.sql.unsafe(`insert into source.people values (7, 'p7@x.example', 'well', 7, 7.5, 'too long')`)
    await stage.sql.unsafe('delete from public.people')
    await stage.sql.unsafe(changes)
  })
  afterAll(() => stage.end())

  test('a column that was renamed comes back where a person says its old name', async () => {
    const unsaid = await stage
      .run('missing', { meanwhile: () => Promise.reject(new Error('planned')) })
      .catch(String)
    expect(unsaid).toContain('planned')
    const { plan } = await stage.run('missing', { renamed: { alias: 'nick' } })
    const { notes, missing } = comparisonOf(plan, 'people')
    // The sixth row is longer, ill in a way that is no feeling, and more than an integer; the seventh breaks the new rule.
    expect(missing.rows).toBe(5)
    expect(notes).toContainEqual(expect.stringContaining('“alias” gets the values of “nick”'))
    expect(notes).toContainEqual(
      expect.stringMatching(/^1 row of the source stay out: their values do not fit/),
    )
    expect(notes).toContainEqual(expect.stringContaining('the rule “short” of today refuses them'))
    expect(await stage.lines('public.people')).toEqual(
      [1, 2, 3, 4, 5].map((n) => `(${n},p${n}@x.example,well,${n},${n}.50,n${n})`),
    )
  })

  test('nothing is guessed: the likely name is said, with the words that would take it', async () => {
    const [people] = (await listTables(stage.session)).filter(
      (table) => table.name === 'people' && table.schema === 'public',
    )
    const source = await readColumns(stage.session, { schema: 'source', name: 'people' })
    expect(mapColumns(people!, source).notes).toContain(
      'Perhaps “alias” was “nick” then; if so, say --map public.people.alias=nick.',
    )
    expect(() =>
      mapColumns({ ...people!, columns: people!.columns.map((one) => ({ ...one, notNull: true })) }, source),
    ).toThrow(
      expect.objectContaining({
        code: 'columns-differ',
        hint: expect.stringContaining('--map public.people.alias=nick'),
      }),
    )
  })

  test.each([
    ['a column that is not there', { nobody: 'nick' }, 'it has no column “nobody”'],
    ['a source that is not there', { alias: 'nobody' }, 'the source has no column “nobody”'],
    ['one source for two columns', { alias: 'mail' }, '“mail” would go to both'],
    [
      'another kind of value',
      { alias: 'nick', id: 'mail', mail: 'id' },
      'was character varying(40) then and is integer now',
    ],
  ])('a mapping is refused for %s', async (_, renamed, why) => {
    const [people] = (await listTables(stage.session)).filter(
      (table) => table.name === 'people' && table.schema === 'public',
    )
    const source = await readColumns(stage.session, { schema: 'source', name: 'people' })
    expect(() => mapColumns(people!, source, renamed as unknown as Record<string, string>)).toThrow(why)
  })
})

test('words that an enumeration lost do not end a comparison with another database; their rows stay out', async () => {
  const table = `create table public.people (id int primary key, mood public.mood, boss int)`
  const there = await createTestDatabase(`create type public.mood as enum ('well', 'ill', 'gone'); ${table};
    insert into public.people values (1, 'well', null), (2, 'gone', null), (3, 'ill', 1)`)
  const stage = await createRowsStage(`create type public.mood as enum ('ill', 'well'); ${table}`)
  const from = connectToUrl(there.url, 'backup', { purpose: 'test' })
  try {
    const { plan } = await stage.run('all', {}, from)
    const { notes, missing } = comparisonOf(plan, 'people')
    expect(missing.rows).toBe(2)
    expect(notes).toContainEqual(expect.stringContaining('rows whose values it does not know stay out'))
    expect(await stage.lines('public.people')).toEqual(['(1,well,)', '(3,ill,1)'])
  } finally {
    await from.end()
    await stage.end()
  }
})

test('rows that no partition of today takes stay out', async () => {
  const stage =
    await createRowsStage(`create table public.events (id int, kind text, primary key (id, kind)) partition by list (kind);
    create table public.sales partition of public.events for values in ('sale', 'refund') partition by hash (id);
    create table public.sales_0 partition of public.sales for values with (modulus 2, remainder 0);
    create table public.sales_1 partition of public.sales for values with (modulus 2, remainder 1);
    create table public.visits partition of public.events for values in ('visit');
    insert into public.events select n, (array['sale', 'refund', 'visit'])[1 + n % 3] from generate_series(1, 30) n`)
  try {
    await stage.keep()
    await stage.sql.unsafe('drop table public.visits; delete from public.events where id <= 9')
    const { plan } = await stage.run('all')
    expect(comparisonOf(plan, 'events')).toMatchObject({
      missing: { rows: 6 },
      notes: expect.arrayContaining(['10 rows stay out: no partition of today takes them.']),
    })
    expect(await stage.lines('public.events')).toHaveLength(20)
  } finally {
    await stage.end()
  }
})
