import { afterEach, expect, test } from 'vitest'
import { comparisonOf, createRowsStage } from '#lib/testing/rows-stage.ts'

let stage: Awaited<ReturnType<typeof createRowsStage>>
afterEach(() => stage.end())

const begin = async (script: string, edits: string) => {
  stage = await createRowsStage(script)
  await stage.keep()
  await stage.sql.unsafe(edits)
}

const parents = `create table public.houses (id int primary key, code text unique not null);
  insert into public.houses values (1, 'a'), (2, 'b')`

test.each(['cascade', 'set null', 'set default', 'restrict', 'no action'])(
  'a row that others refer to is not deleted when they would go or change with it: on delete %s',
  async (action) => {
    await begin(
      `${parents}; create table public.rooms (id int primary key, house int references public.houses on delete ${action})`,
      'insert into public.houses values (3, $$c$$), (4, $$d$$); insert into public.rooms values (1, 3), (2, 3)',
    )
    const { plan, written } = await stage.run('all', { tables: ['houses'] })
    expect(comparisonOf(plan, 'houses').notes).toContainEqual(
      `1 row that the source does not have will not be deleted: 2 rows of public.rooms refer to them (rooms_house_fkey, on delete ${action}).`,
    )
    expect(written.tables).toEqual([{ table: 'public.houses', inserted: 0, updated: 0, deleted: 1 }])
    expect(await stage.lines('public.rooms')).toEqual(['(1,3)', '(2,3)'])
  },
)

test('rows that go together with what refers to them are deleted, also in circles and in a chain', async () => {
  await begin(
    `${parents}; alter table public.houses add part_of int references public.houses on delete cascade;
     create table public.rooms (id int primary key, house int not null references public.houses on delete cascade)`,
    `insert into public.houses values (3, 'c', null), (4, 'd', 3), (5, 'e', 4); update public.houses set part_of = 5 where id = 3;
     insert into public.rooms values (1, 5), (2, 1)`,
  )
  const { written } = await stage.run('all')
  expect(written.tables.map(({ table, deleted }) => [table, deleted])).toEqual([
    ['public.rooms', 2],
    ['public.houses', 3],
  ])
})

test('what is kept keeps what it refers to, to the end of the chain', async () => {
  await begin(
    `${parents}; alter table public.houses add part_of int references public.houses on delete cascade;
     create table public.rooms (id int primary key, house int references public.houses on delete cascade)`,
    `insert into public.houses values (3, 'c', null), (4, 'd', 3), (5, 'e', 4), (6, 'f', 5); insert into public.rooms values (1, 5)`,
  )
  const { written } = await stage.run('all', { tables: ['houses'] })
  expect(written.tables).toMatchObject([{ deleted: 1 }])
  expect(await stage.lines('public.rooms')).toEqual(['(1,5)'])
})

test('values that others refer to are not put back when those would change with them', async () => {
  await begin(
    `${parents}; create table public.rooms (id int primary key, code text references public.houses (code) on update cascade)`,
    `update public.houses set code = 'x' where id = 1; update public.houses set code = 'y' where id = 2;
     insert into public.rooms values (1, 'x')`,
  )
  const { plan } = await stage.run('changed', { tables: ['houses'] })
  expect(comparisonOf(plan, 'houses').notes).toContainEqual(
    '1 row stay as they are: 1 row of public.rooms refer to their code (rooms_code_fkey, on update cascade).',
  )
  expect(await stage.lines('public.houses')).toEqual(['(1,x)', '(2,b)'])
  expect(await stage.lines('public.rooms')).toEqual(['(1,x)'])
})

test('a row that begins to refer after the plan rolls the run back, instead of going along', async () => {
  await begin(
    `${parents}; create table public.rooms (id int primary key, house int references public.houses on delete cascade)`,
    `insert into public.houses values (3, 'c')`,
  )
  const run = stage.run('all', {
    tables: ['houses'],
    meanwhile: async () => {
      await stage.sql.unsafe('insert into public.rooms values (1, 3)')
    },
  })
  await expect(run).rejects.toMatchObject({ code: 'wrote-elsewhere' })
  expect(await stage.lines('public.houses')).toHaveLength(3)
  expect(await stage.lines('public.rooms')).toEqual(['(1,3)'])
})

test('triggers fire for the rows that are written, and what they write elsewhere is told', async () => {
  await begin(
    `${parents}; create table public.counts (kind text primary key, n int);
     create function public.count_it() returns trigger language plpgsql as $$begin
       insert into public.counts values (tg_op, 1) on conflict (kind) do update set n = counts.n + 1; return coalesce(new, old); end$$`,
    `insert into public.houses values (3, 'c'); delete from public.houses where id = 1; update public.houses set code = 'z' where id = 2;
     create trigger counting after insert or update or delete on public.houses for each row execute function public.count_it()`,
  )
  const { plan, written } = await stage.run('all', { tables: ['houses'] })
  expect(comparisonOf(plan, 'houses').notes).toContainEqual(
    'The trigger “counting” fires for the rows that are written.',
  )
  expect(await stage.lines('public.counts')).toEqual(['(DELETE,1)', '(INSERT,1)', '(UPDATE,1)'])
  expect(written.elsewhere).toEqual([{ table: 'public.counts', inserted: 3, updated: 0, deleted: 0 }])
  await stage.sql.unsafe('alter table public.houses disable trigger counting; delete from public.houses')
  const silent = await stage.run('missing', { tables: ['houses'] })
  expect(comparisonOf(silent.plan, 'houses').notes).toEqual([])
  expect(await stage.lines('public.counts')).toEqual(['(DELETE,1)', '(INSERT,1)', '(UPDATE,1)'])
})

test('a rule that does something else instead refuses the plan', async () => {
  await begin(
    parents,
    'create rule elsewhere as on insert to public.houses do instead nothing; delete from public.houses where id = 1',
  )
  await expect(stage.run('missing')).rejects.toMatchObject({ code: 'rule-in-the-way' })
})

test('sequences end behind the rows that came back and never go back, owned, shared or at their end', async () => {
  await begin(
    `create sequence public.shared; create sequence public.small as smallint maxvalue 100;
     create table public.a (id int primary key default nextval('public.shared'));
     create table public.b (id int primary key default nextval('public.shared'));
     create table public.c (id smallint primary key default nextval('public.small'));
     create table public.d (id int generated always as identity primary key);
     create table public.e (id int generated by default as identity (increment -1 maxvalue 0 minvalue -100 start 0) primary key);
     insert into public.a select n from generate_series(1, 9) n; insert into public.b select n from generate_series(20, 40) n;
     insert into public.c values (1), (100); insert into public.d overriding system value select n from generate_series(1, 30) n;
     insert into public.e overriding system value values (0), (-50)`,
    `delete from public.a; delete from public.b; delete from public.c; delete from public.d; delete from public.e;
     select setval('public.shared', 500); select setval('public.small', 100); select setval('public.d_id_seq', 10)`,
  )
  const { written } = await stage.run('missing')
  expect(written.sequences.map(({ sequence, to }) => [sequence, Number(to)]).sort()).toEqual([
    ['public.d_id_seq', 30],
    ['public.e_id_seq', -50],
  ])
  const [last] =
    await stage.sql`select (select last_value from public.shared)::int as shared, (select last_value from public.small)::int as small`
  expect(last).toEqual({ shared: 500, small: 100 })
})
