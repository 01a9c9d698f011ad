import type postgres from 'postgres'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Finding } from '#lib/health/types.ts'
import { parseQuestion } from '#lib/sql/parse-question.ts'
import { admitQuestion } from '#lib/targets/admit-question.ts'
import { findSqlProblems } from '#lib/targets/check-policy-sql.ts'
import { type PolicyInput, policySchema } from '#lib/targets/policy.ts'
import { findWith, openWatch } from '#lib/testing/check-stage.ts'
import { createTestDatabase } from '#lib/testing/test-db.ts'

type Question = Omit<NonNullable<PolicyInput['checks']>[number], 'name' | 'title'>

const schema = `
  create table public.orders (id int primary key, customer text, total numeric, note text);
  insert into public.orders select i, 'c' || i, i * 10, E'a\\x1b[31mb\\n\\u202e' from generate_series(1, 40) i;
  create sequence public.numbers;
  create function public.taxed(numeric) returns numeric language sql immutable as 'select $1 * 1.2';
  create function public.wreck() returns int language sql volatile as 'delete from public.orders returning 1';
  create operator public.=== (leftarg = int, rightarg = int, function = int4eq);
`

describe('SQL checks', () => {
  let owner: postgres.Sql
  let sql: postgres.Sql
  beforeAll(async () => {
    const database = await createTestDatabase(schema)
    owner = database.sql
    sql = openWatch(database.url)
  })

  const ask = async (question: Question): Promise<Finding> => {
    const policy: PolicyInput = { checks: [{ name: 'own', title: 'Own', ...question }] }
    return (await findWith(sql, policy, { area: 'custom' }))[0]!
  }

  it('are healthy without a row, and otherwise say how many there are and name twenty of them', async () => {
    expect(await ask({ sql: 'select id from public.orders where total < 0; ' })).toMatchObject({
      check: 'custom.own',
      status: 'healthy',
    })
    const found = await ask({
      sql: 'select o.*, total as total from public.orders o where id > 10 order by id -- all of them',
      severity: 'CRITICAL',
      remedy: 'Ask the shop.',
      samples: { label: 'customer' },
    })
    expect(found).toMatchObject({
      status: 'unhealthy',
      severity: 'CRITICAL',
      affected: 30,
      remedy: 'Ask the shop.',
    })
    expect(found.samples).toHaveLength(20)
    expect(found.samples[0]).toEqual({
      id: '11',
      label: 'c11',
      note: 'total 110, note a\\x1b[31mb\\x0a\\u202e, total 110',
    })
  })

  it('hold one number to its limits, and take nothing else for a number', async () => {
    const sum = 'select sum(total) from public.orders'
    expect(await ask({ sql: sum, expects: { atLeast: 8_200, atMost: 8_200 } })).toMatchObject({
      status: 'healthy',
      measured: 8_200,
    })
    expect(await ask({ sql: sum, expects: { atMost: 8_199.5 } })).toMatchObject({
      status: 'unhealthy',
      measured: 8_200,
      details: '8200, where at most 8199.5 is expected.',
    })
    for (const odd of [
      'select null::int',
      `select ''`,
      `select 'many'`,
      `select 'NaN'::float8`,
      'select id from public.orders',
      'select 1 where false',
      'select',
    ]) {
      expect(await ask({ sql: odd, expects: { atLeast: 0 } }), odd).toMatchObject({ status: 'no-data' })
    }
  })

  it('are no data when they fail, when they may not look and when they take too long, and others run on', async () => {
    const policy: PolicyInput = {
      checks: [
        { name: 'broken', title: 'Broken', sql: 'select 1 / 0' },
        { name: 'gone', title: 'Gone', sql: 'select 1 from public.nothing' },
        {
          name: 'endless',
          title: 'Endless',
          sql: 'select count(*) from generate_series(1, 1000000000) a, generate_series(1, 1000) b',
          timeoutMs: 100,
        },
        { name: 'fine', title: 'Fine', sql: 'select 1 where false' },
      ],
    }
    const findings = await findWith(sql, policy, { area: 'custom' })
    expect(findings.map(({ status }) => status)).toEqual(['no-data', 'no-data', 'no-data', 'healthy'])
    expect(findings[2]!.remedy).toContain('timeoutMs is 100')
    expect(findings[0]!.details).toContain('division by zero')
    expect(await sql`show statement_timeout`).toMatchObject([{ statement_timeout: '5s' }])
  })

  it.each([
    ['delete from public.orders', 'not a SELECT'],
    ['with gone as (delete from public.orders returning id) select * from gone', 'a DELETE'],
    ['select 1; delete from public.orders', 'more than one'],
    ['select * into public.copy from public.orders', 'INTO'],
    ['select id from public.orders for update', 'FOR UPDATE'],
    ['explain analyze select public.wreck()', 'not a SELECT'],
    ['select 1) as found) as numbered; delete from public.orders; --', 'does not parse'],
    ['select public.wreck()', 'public.wreck'],
    ['select public.taxed(total) from public.orders', 'public.taxed'],
    ['select wreck()', 'not built in'],
    ['select id from public.orders where id operator(public.===) 3', 'operator public.==='],
    ['select id from public.orders where 3 operator(public.===) any (select 1)', 'operator public.==='],
    [`select dblink('dbname=x', 'delete from orders')`, 'not built in'],
    ['select pg_sleep(1)', 'pg_sleep'],
    [`select nextval('public.numbers')`, 'nextval'],
    [`select set_config('transaction_read_only', 'off', false)`, 'set_config'],
    ['select pg_terminate_backend(pid) from pg_stat_activity', 'pg_terminate_backend'],
    ['select pg_advisory_lock(1)', 'pg_advisory_lock'],
    [`select pg_notify('x', 'y')`, 'pg_notify'],
    [`select lo_import('/etc/passwd')`, 'lo_import'],
    [`select pg_read_file('postgresql.conf')`, 'pg_read_file'],
    [`select query_to_xml('select public.wreck()', true, true, '')`, 'query_to_xml'],
    [`select * from ts_stat('select public.wreck()::text::tsvector')`, 'ts_stat'],
    ['select txid_current()', 'txid_current'],
    [`select pg_logical_emit_message(false, 'a', 'b')`, 'pg_logical_emit_message'],
    ['select rolpassword from pg_authid', 'secrets'],
    ['select * from pg_catalog.pg_shadow', 'secrets'],
    ['select $1', 'parameter'],
    ['select 1 /* open', 'does not parse'],
    ['-- nothing', 'no statement'],
  ])('refuse %s, before the policy and again before it runs', async (text, why) => {
    const document = policySchema.parse({ checks: [{ name: 'own', title: 'Own', sql: text }] })
    expect(await findSqlProblems(sql, document)).toEqual([
      { path: 'checks.own', message: expect.stringContaining(why) },
    ])
    expect(await ask({ sql: text })).toMatchObject({
      status: 'no-data',
      details: expect.stringContaining(why),
    })
    expect((await owner`select count(*)::int as rows from public.orders`)[0]).toEqual({ rows: 40 })
  })

  it.each([
    "select 1 from pg_stat_activity where now() - xact_start > interval '1 hour'",
    `select id from public.orders where customer ~ '^x' or total > all (values (1e9)) order by random()`,
    "select count(*) from public.orders having count(*) < pg_total_relation_size('public.orders')",
    `with w as materialized (select id, row_number() over (order by id) n from public.orders) select * from w where n <> id`,
    'values (1), (2)',
    'table public.orders',
    `select extract(year from now()), trim(both 'x' from 'y'), date_trunc('day', clock_timestamp()), 'naïve 名; --'`,
  ])('ask %s', async (text) => {
    await expect(admitQuestion(sql, text)).resolves.toBeTypeOf('string')
    expect((await ask({ sql: text })).status).not.toBe('no-data')
  })

  it('cannot write even where a view or a type would', async () => {
    await owner.unsafe('create view public.trap as select public.wreck() as gone')
    expect(await ask({ sql: 'select * from public.trap' })).toMatchObject({
      status: 'no-data',
      details: expect.stringContaining('read-only'),
    })
  })

  it('leave out what follows the statement', async () => {
    expect((await parseQuestion('select 1 as "naïve 名" ; -- and more')).text).toBe('select 1 as "naïve 名"')
  })

  it('cannot share a name, and name a role that is there', async () => {
    const twice = { name: 'own', title: 'Own', sql: 'select 1' }
    const document = policySchema.parse({
      checks: [twice, twice],
      rowSecurity: { exposedRoles: ['nobody-here'] },
    })
    expect((await findSqlProblems(sql, document)).map(({ path }) => path)).toEqual([
      'checks.own',
      'rowSecurity.exposedRoles',
    ])
  })
})
