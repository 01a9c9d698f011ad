import { describe, expect, it } from 'vitest'
import { parseConstraint } from '#lib/deployments/parse-constraint.ts'
import { parseMigration } from '#lib/deployments/parse-migration.ts'

describe('parseMigration', () => {
  it('finds what a migration takes away, whatever the spelling', async () => {
    const { destructions } = await parseMigration(`
      -- naïve comment ; with a semicolon and bytes ✓
      ALTER TABLE Members DROP COLUMN IF EXISTS role, ALTER COLUMN joined TYPE date;
      truncate only "bazaar-vid_user", audit.log cascade;
      delete from sessions; delete from sessions where expired;
      update users set active = false;
      drop table if exists a.b, c cascade; drop schema old cascade;`)
    expect(
      destructions.map(({ kind, table, column, schema, filtered }) => [
        kind,
        table ?? schema,
        column,
        filtered,
      ]),
    ).toEqual([
      ['drop-column', 'members', 'role', false],
      ['change-type', 'members', 'joined', false],
      ['truncate', '"bazaar-vid_user"', null, false],
      ['truncate', 'audit.log', null, false],
      ['delete', 'sessions', null, false],
      ['delete', 'sessions', null, true],
      ['update', 'users', null, false],
      ['drop-table', 'a.b', null, false],
      ['drop-table', 'c', null, false],
      ['drop-schema', 'old', null, false],
    ])
  })

  it('keeps each statement whole when characters are longer than a byte', async () => {
    const { statements } = await parseMigration(`select 'naïve 名'; begin; select 2; commit;`)
    expect(statements).toEqual([`select 'naïve 名'`, 'select 2'])
  })

  it('names the line of a syntax error', async () => {
    await expect(parseMigration('select 1;\nselec 2;')).rejects.toMatchObject({
      code: 'migration-syntax',
      message: expect.stringContaining('Line 2'),
    })
  })

  it.each([
    ['copy t to program $$rm -rf /$$', 'files of the server'],
    ['alter system set fsync = off', 'whole server'],
    ['drop database prod', 'drops a database'],
    ['select 1; rollback', 'transaction'],
    [`do language plpython3u $$ import os $$`, 'other than PL/pgSQL'],
  ])('will not rehearse %s', async (text, why) => {
    expect((await parseMigration(text)).forbidden[0]?.why).toContain(why)
  })
})

describe('parseConstraint', () => {
  it.each([
    `smart_code ~ '^HERA\\.[A-Z]+$' or smart_code is null`,
    `length(name) between 1 and 80 and lower(email) = email`,
    `status in ('a', 'b') and (amount > 0)::boolean`,
  ])('accepts %s', async (expression) => {
    await expect(parseConstraint(expression)).resolves.toBeDefined()
  })

  it.each([
    `true) or exists (select from users`,
    `id in (select id from users)`,
    `true); drop table users; --`,
    `count(*) > 1`,
    `true) limit (1`,
    `true group by x`,
    '',
  ])('refuses %s', async (expression) => {
    await expect(parseConstraint(expression)).rejects.toMatchObject({ code: 'constraint-expression' })
  })

  it('names the functions so that the catalog can be asked about them', async () => {
    expect((await parseConstraint('pg_sleep(10) is null and lower(a) = a')).functions).toEqual([
      'pg_sleep',
      'lower',
    ])
  })
})
