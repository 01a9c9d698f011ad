import type postgres from 'postgres'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Finding } from '#lib/health/types.ts'
import type { PolicyInput } from '#lib/targets/policy.ts'
import { findWith, openWatch } from '#lib/testing/check-stage.ts'
import { createTestDatabase } from '#lib/testing/test-db.ts'

const schema = `
  create extension citext with schema public;
  create table public.projects (id int primary key, client int);
  create table public.leads (id int primary key, project int references public.projects, state text);
  create table public.parts (tree int, id int, parent int, primary key (tree, id),
    foreign key (tree, parent) references public.parts);
  create table public.tags (name public.citext primary key);
  create table public.tagged (id int primary key, tag public.citext references public.tags);
  create table public.visits (id int, day int, project int references public.projects, primary key (id, day)) partition by range (day);
  create table public.visits_low partition of public.visits for values from (0) to (10);
  create table public.visits_high partition of public.visits for values from (10) to (20);
  create table public.old (id int primary key, project int);
  create table public.loose (id int primary key, "the project" text);
  insert into public.projects select i, 1 from generate_series(1, 30) i;
  insert into public.leads select i, i % 30 + 1, 'new' from generate_series(1, 100) i;
  insert into public.parts select 1, i, nullif(i - 1, 0) from generate_series(1, 9) i;
  insert into public.tags values ('Red');
  insert into public.tagged values (1, 'red'), (2, 'RED');
  insert into public.visits select i, i, i from generate_series(1, 19) i;
  insert into public.old values (1, 1), (2, 77);
  alter table public.old add constraint later foreign key (project) references public.projects not valid;
  insert into public.loose values (1, '3'), (2, '30');
`
const names = ['leads', 'parts', 'tagged', 'visits']
const policy: PolicyInput = {
  protectedTables: names.map((name) => ({ table: `public.${name}` })),
  references: [
    {
      table: 'public.loose',
      columns: ['the project'],
      references: 'public.projects',
      referencedColumns: ['id'],
    },
  ],
}

describe('references', () => {
  let owner: postgres.Sql
  let sql: postgres.Sql
  beforeAll(async () => {
    const database = await createTestDatabase(schema)
    owner = database.sql
    sql = openWatch(database.url)
  })

  const look = async (document = policy) => {
    const findings = await findWith(sql, document, { area: 'references' })
    return (check: string): Finding => findings.find((one) => one.check === `references.orphans:${check}`)!
  }

  /** As a bulk load with the triggers off does it. */
  const slipIn = (text: string) =>
    owner.begin(async (tx) => {
      await tx.unsafe(`set local session_replication_role = replica; ${text}`)
    })

  it('that a table keeps are healthy, also composite, to itself, over partitions and where case does not count', async () => {
    const of = await look()
    for (const check of [
      'public.leads.project',
      'public.parts.tree,parent',
      'public.tagged.tag',
      'public.visits.project',
      'public.loose."the project"',
      'public.loose.the project',
    ])
      expect([check, of(check)?.status ?? 'healthy']).toEqual([check, 'healthy'])
    expect(of('public.tagged.tag').statement).toContain('operator("public".=)')
  })

  it('that PostgreSQL never validated are looked at on any table', async () => {
    expect((await look())('public.old.project')).toMatchObject({
      status: 'unhealthy',
      severity: 'CRITICAL',
      samples: [{ id: '2', note: '77' }],
    })
  })

  it('that somebody got past with triggers off are an emergency, with the rows and SQL that finds them', async () => {
    await slipIn(`insert into public.leads values (901, 999); insert into public.parts values (1, 50, 49);
      insert into public.tagged values (3, 'blue'); insert into public.visits values (500, 15, 888)`)
    const of = await look()
    expect(of('public.leads.project')).toMatchObject({
      severity: 'EMERGENCY',
      samples: [{ id: '901', note: '999' }],
    })
    expect(of('public.parts.tree,parent')).toMatchObject({
      affected: 1,
      samples: [{ id: '1,50', note: '1,49' }],
    })
    expect(of('public.tagged.tag')).toMatchObject({ affected: 1, samples: [{ id: '3', note: 'blue' }] })
    expect(of('public.visits.project')).toMatchObject({
      affected: 1,
      samples: [{ id: '500,15', note: '888' }],
    })
    const rows = await owner.unsafe(of('public.leads.project').statement!)
    expect(rows[0]).toMatchObject({ affected: '1' })
    await slipIn('delete from public.leads where id = 901')
  })

  it('to nothing, which a key lets pass, are orphans where the policy requires them', async () => {
    await owner.unsafe('update public.leads set project = null where id <= 14')
    expect((await look())('public.leads.project').status).toBe('healthy')
    const required: PolicyInput = {
      references: [
        {
          table: 'public.leads',
          columns: ['project'],
          references: 'public.projects',
          referencedColumns: ['id'],
          required: true,
          where: { state: 'new' },
        },
      ],
    }
    expect((await look(required))('public.leads.project')).toMatchObject({
      status: 'unhealthy',
      affected: 14,
    })
  })

  it('that take too long are no data, with the index that helps', async () => {
    await owner.unsafe(`create table public.heavy (id int primary key, project text);
      insert into public.heavy select i, i from generate_series(1, 100000) i`)
    const heavy: PolicyInput = {
      references: [
        {
          table: 'public.heavy',
          columns: ['project'],
          references: 'public.projects',
          referencedColumns: ['id'],
        },
      ],
    }
    const [found] = await findWith(sql, heavy, { area: 'references', timeoutMs: 5 })
    expect(found).toMatchObject({
      check: 'references.orphans:public.heavy.project',
      status: 'no-data',
      remedy: expect.stringContaining('create index concurrently on "public"."heavy" ("project")'),
    })
  })
})

describe('codes', () => {
  let sql: postgres.Sql
  beforeAll(async () => {
    const database = await createTestDatabase(`
      create table public.items (tree int, id int, code text, primary key (tree, id));
      insert into public.items select 1, i, 'A-' || i % 3 from generate_series(1, 90) i;
      insert into public.items values (2, 1, 'bad'), (2, 2, 'bad'), (2, 3, 'B-1'), (2, 4, null), (2, 5, E'A-1\\nA-2'), (2, 6, E'\\x1b[31m');
      create table public.traps (code text);
      insert into public.traps values (repeat('a', 401))`)
    sql = openWatch(database.url)
  })
  const look = async (more: object = {}): Promise<Finding> =>
    (
      await findWith(
        sql,
        {
          codePatterns: [
            {
              name: 'items',
              table: 'public.items',
              column: 'code',
              patterns: { modern: 'A-[0-9]', legacy: 'B-[0-9]+|A-0' },
              ...more,
            },
          ],
        },
        { area: 'codes' },
      )
    )[0]!

  it('that match no pattern are named with the rows that hold them, and the others counted per pattern', async () => {
    const found = await look()
    expect(found).toMatchObject({ status: 'unhealthy', affected: 4 })
    expect(found.details).toContain('(3 distinct values)')
    expect(found.details).toContain('modern 90, legacy 31')
    expect(found.samples).toContainEqual({ id: '2,1', label: 'bad', note: '2 rows' })
    expect(found.samples).toContainEqual({ id: '2,2', label: 'bad', note: '2 rows' })
    expect(found.samples).toContainEqual({ id: '2,5', label: 'A-1\\x0aA-2', note: '1 rows' })
    expect(found.samples).toContainEqual({ id: '2,6', label: '\\x1b[31m', note: '1 rows' })
    expect(found.samples).toHaveLength(4)
  })

  it('that are null are wrong only where the policy says so', async () => {
    const found = await look({ allowNull: false })
    expect(found).toMatchObject({ affected: 5 })
    expect(found.details).toContain('1 of them null')
    expect(found.samples).toContainEqual({ id: '2,4', label: '(null)', note: '1 rows' })
  })

  it('whose pattern never comes to an end are no data, not a standstill', async () => {
    const patterns = { death: '(a*)(a*)(a*)(a*)\\1\\2\\3\\4' }
    const document = { codePatterns: [{ name: 'traps', table: 'public.traps', column: 'code', patterns }] }
    const [found] = await findWith(sql, document, { area: 'codes', timeoutMs: 200 })
    expect(found).toMatchObject({ status: 'no-data', remedy: expect.stringContaining('simpler') })
  })
})
