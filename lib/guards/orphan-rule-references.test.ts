import { beforeAll, describe, expect, it } from 'vitest'
import { pauseGuards } from '#lib/guards/pause-guards.ts'
import { createGuardedTarget, type GuardedTarget, refusalOf } from '#lib/testing/guarded-target.ts'

const script = `
  create table public.organizations (id uuid primary key, name text);
  create table public.places (country text, "zip code" int, note text, primary key (country, "zip code"));
  create table public.links (id int primary key, org_id text, country text, zip bigint, kind text);
  insert into public.organizations select ('10000000-0000-0000-0000-' || lpad(i::text, 12, '0'))::uuid from generate_series(1, 9) i;
  insert into public.places select 'a"b', i from generate_series(1, 9) i;
  insert into public.links select i, '10000000-0000-0000-0000-' || lpad(i::text, 12, '0'), 'a"b', i, case when i > 4 then 'draft' else 'live' end from generate_series(1, 6) i;
`

describe('a row that others refer to', () => {
  let target: GuardedTarget
  beforeAll(async () => {
    target = await createGuardedTarget(script, {
      budget: { statementRows: 1000, transactionRows: 5000, windowRows: 100_000 },
      protectedTables: [{ table: 'public.organizations' }, { table: 'public.places' }],
      references: [
        {
          table: 'public.links',
          columns: ['org_id'],
          references: 'public.organizations',
          referencedColumns: ['id'],
          where: { kind: ['live', null] },
        },
        {
          table: 'public.links',
          columns: ['country', 'zip'],
          references: 'public.places',
          referencedColumns: ['country', 'zip code'],
        },
      ],
    })
    expect(await target.install()).toMatchObject({ installed: true })
  })
  const key = (n: number) => `10000000-0000-0000-0000-00000000000${n}`

  it('does not go, nor get another key', async () => {
    for (const statement of [
      `delete from public.organizations where id = '${key(1)}'`,
      `update public.organizations set id = '${key(0)}' where id = '${key(1)}'`,
      'delete from public.organizations',
      'delete from public.places where "zip code" = 5',
      'update public.places set country = $$a$$',
    ]) {
      expect(await refusalOf(target.sql.unsafe(statement)), statement).toMatchObject({
        code: 'HF004',
        message: expect.stringContaining('which other rows still refer to'),
      })
    }
  })

  it('goes where nobody refers to it, or only rows that do not count', async () => {
    await target.sql`delete from public.organizations where id in (${key(5)}, ${key(7)})`
    await target.sql`delete from public.places where "zip code" = 7`
    await target.sql`update public.organizations set name = 'new'`
    await target.sql`update public.places set "zip code" = 80 where "zip code" = 8`
  })

  it('goes with the rows that refer to it, in either order, and may be replaced', async () => {
    await target.sql.begin(async (transaction) => {
      await transaction`delete from public.organizations where id = ${key(1)}`
      await transaction`delete from public.links where id = 1`
    })
    await target.sql.begin(async (transaction) => {
      await transaction`update public.links set org_id = ${key(3)} where id = 2`
      await transaction`delete from public.organizations where id = ${key(2)}`
    })
    await target.sql.begin(async (transaction) => {
      await transaction`delete from public.organizations where id = ${key(3)}`
      await transaction`insert into public.organizations values (${key(3)})`
    })
  })

  it('goes in an approved operation', async () => {
    await target.sql.begin(async (transaction) => {
      await pauseGuards(transaction, 'operation-1')
      await transaction`delete from public.organizations where id = ${key(4)}`
    })
    // Its children are orphans now, and nobody is kept from tidying up.
    await target.sql`delete from public.links where id = 4`
  })
})
