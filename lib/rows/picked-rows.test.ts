import { expect, test } from 'vitest'
import { pickedRows } from '#lib/rows/picked-rows.ts'
import { listTables } from '#lib/targets/introspect.ts'
import { comparisonOf, createRowsStage } from '#lib/testing/rows-stage.ts'

test('only the rows that were picked come back, whatever their keys are made of', async () => {
  const stage = await createRowsStage(`create extension citext;
    create table public."odd ""table" ("select" int, "naïve 名" text, fixed char(8), handle public.citext, primary key ("select", "naïve 名", fixed, handle));
    insert into public."odd ""table" select n, '''; -- $$ %s "' || n, 'f' || n, 'Handle' || n from generate_series(1, 50) n;
    create table public.plain (id uuid primary key, n int);
    insert into public.plain select gen_random_uuid(), n from generate_series(1, 50) n`)
  try {
    await stage.keep()
    await stage.sql.unsafe('delete from public."odd ""table"; delete from public.plain')
    const all = await stage
      .run('missing', { samples: 50, meanwhile: () => Promise.reject(new Error('looked')) })
      .catch(() => null)
    expect(all).toBeNull()
    let picks = new Map<string, string[][]>()
    await stage
      .run('missing', {
        samples: 50,
        meanwhile: async (plan) => {
          picks = new Map(
            plan.tables.map(({ live, samples }) => [
              live.name,
              samples.slice(0, 3).map((row) => row.keyValues!),
            ]),
          )
          throw new Error('looked')
        },
      })
      .catch(() => null)
    expect(picks.get('plain')).toHaveLength(3)
    const { plan } = await stage.run('missing', {
      only: (table) => pickedRows(table, picks.get(table.name)!),
    })
    expect(comparisonOf(plan, 'odd "table').missing.rows).toBe(3)
    expect(await stage.lines('public."odd ""table"')).toHaveLength(3)
    expect(await stage.lines('public.plain')).toHaveLength(3)
  } finally {
    await stage.end()
  }
})

test('rows of a table without a key, and keys of another length, are refused', async () => {
  const stage = await createRowsStage(
    'create table public.keyless (a int); create table public.two (a int, b int, primary key (a, b))',
  )
  try {
    const tables = await listTables(stage.sql)
    const of = (name: string) => tables.find((table) => table.name === name)!
    expect(() => pickedRows(of('keyless'), [['1']])).toThrow(expect.objectContaining({ code: 'no-key' }))
    expect(() => pickedRows(of('two'), [['1']])).toThrow(expect.objectContaining({ code: 'key-values' }))
  } finally {
    await stage.end()
  }
})
