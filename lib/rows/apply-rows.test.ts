import fc from 'fast-check'
import type postgres from 'postgres'
import { beforeAll, describe, expect, test } from 'vitest'
import { AppError } from '#lib/errors.ts'
import { applyRows, lockTables } from '#lib/rows/apply-rows.ts'
import { compareRows } from '#lib/rows/compare-rows.ts'
import { readColumns } from '#lib/rows/stage-rows.ts'
import type { RowsMode, RowsPair } from '#lib/rows/types.ts'
import { quoteTable } from '#lib/sql/identifier.ts'
import { listTables } from '#lib/targets/introspect.ts'
import { connectToUrl } from '#lib/targets/open-target.ts'
import type { Table } from '#lib/targets/types.ts'
import { createTestDatabase } from '#lib/testing/test-db.ts'

const schema = `
  create table public.houses (id int generated always as identity primary key, name text unique);
  create table public."odd ""table" (
    "select" int not null, "naïve 名" text not null, house_id int references public.houses (id),
    boss_key int, boss_name text, amount numeric, doubled numeric generated always as (amount * 2) stored, data json,
    primary key ("select", "naïve 名"),
    foreign key (boss_key, boss_name) references public."odd ""table" ("select", "naïve 名")
  );
  create table public.notes (text text, n int);`

const tables = ['public.houses', 'public."odd ""table"', 'public.notes']

interface House {
  id: number
  name: string
}
interface Person {
  key: number
  text: string
  house: number | null
  boss: number | null
  amount: string | null
}
interface Content {
  houses: House[]
  people: Person[]
  notes: (number | null)[]
}

const key = fc.integer({ min: 1, max: 12 })
const content: fc.Arbitrary<Content> = fc
  .record({
    houses: fc.uniqueArray(fc.integer({ min: 1, max: 8 }), { maxLength: 8 }),
    names: fc.shuffledSubarray(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'], { minLength: 8 }),
    people: fc.uniqueArray(
      fc.record({
        key,
        text: fc.constantFrom('x', "'; drop table --", '名 $$ %s'),
        house: fc.option(fc.nat(20)),
        boss: fc.option(fc.nat(20)),
        amount: fc.option(fc.constantFrom('1', '1.0', '-3.50', 'NaN')),
      }),
      { selector: (person) => `${person.key}/${person.text}`, maxLength: 12 },
    ),
    notes: fc.array(fc.option(fc.integer({ min: 0, max: 2 })), { maxLength: 6 }),
  })
  .map(({ houses, names, people, notes }) => ({
    houses: houses.map((id, i) => ({ id, name: names[i]! })),
    people: people.map((person) => ({
      ...person,
      house: person.house === null || houses.length === 0 ? null : houses[person.house % houses.length]!,
      boss: person.boss === null ? null : person.boss % people.length,
    })),
    notes,
  }))

const nameIn = (other: Content, id: number): string =>
  other.houses.find((house) => house.id === id)?.name ?? `other ${id}`

/** The same content with each house's name as in the other one, so that no unique value stands in the way. */
const withNamesOf = (other: Content, content: Content): Content => ({
  ...content,
  houses: content.houses.map((house) => ({ ...house, name: nameIn(other, house.id) })),
})

let sql: postgres.Sql
let all: Table[]

const lines = async (
  session: postgres.Sql | postgres.TransactionSql,
  relation: string,
): Promise<string[]> => {
  const rows = await session.unsafe<{ line: string }[]>(
    `select t::text as line from ${relation} t order by t::text collate "C"`,
  )
  return rows.map((row) => row.line)
}

async function fill(session: postgres.TransactionSql, { houses, people, notes }: Content): Promise<void> {
  for (const { id, name } of houses)
    await session`insert into public.houses overriding system value values (${id}, ${name})`
  const values = people.map((person) => {
    const boss = person.boss === null ? null : people[person.boss]!
    return {
      select: person.key,
      'naïve 名': person.text,
      house_id: person.house,
      boss_key: boss?.key ?? null,
      boss_name: boss?.text ?? null,
      amount: person.amount,
      data: person.amount === null ? null : `{"a": ${person.key}}`,
    }
  })
  await session.unsafe(
    `insert into public."odd ""table" ("select", "naïve 名", house_id, boss_key, boss_name, amount, data)
     select * from json_to_recordset($1::text::json)
       as x ("select" int, "naïve 名" text, house_id int, boss_key int, boss_name text, amount numeric, data json)`,
    [JSON.stringify(values)],
  )
  for (const n of notes) await session`insert into public.notes values ('note', ${n})`
}

async function pairsOf(session: postgres.TransactionSql): Promise<RowsPair[]> {
  return Promise.all(
    all.map(async (live, i) => {
      const relation = { schema: 'source', name: `t${i}` }
      return { live, source: { relation, columns: await readColumns(session, relation) } }
    }),
  )
}

class Undo extends Error {}

/** Fills the source and then live, lets `work` run, and rolls everything back. */
async function trial(
  source: Content,
  live: Content,
  work: (session: postgres.TransactionSql) => Promise<void>,
) {
  await sql
    .begin(async (session) => {
      await fill(session, source)
      for (const [i, table] of all.entries()) {
        const columns = table.columns.filter((column) => column.generated !== 'stored')
        await session.unsafe(
          `create table source.t${i} as select ${columns.map((column) => `"${column.name}"`).join(', ')} from ${quoteTable(table)}`,
        )
      }
      await session.unsafe(`delete from public."odd ""table"`)
      await session.unsafe('delete from public.houses; delete from public.notes')
      await fill(session, live)
      await work(session)
      throw new Undo()
    })
    .catch((error) => {
      if (!(error instanceof Undo)) throw error
    })
}

async function apply(session: postgres.TransactionSql, mode: RowsMode) {
  const scope = { sql: session }
  await lockTables(scope, all)
  const plan = await compareRows(scope, await pairsOf(session), {
    mode,
    tables: all,
    moment: null,
    samples: 3,
  })
  return { plan, written: await applyRows(scope, plan) }
}

beforeAll(async () => {
  const made = await createTestDatabase(`${schema} create schema source;`)
  sql = connectToUrl(made.url, 'owner', { purpose: 'test' })
  all = (await listTables(sql)).filter((table) => table.schema === 'public')
  expect(all).toHaveLength(tables.length)
  return () => sql.end()
})

describe('rows', () => {
  test('after “all” the tables equal the source, whatever both were', async () => {
    await fc.assert(
      fc.asyncProperty(content, content, async (source, live) => {
        await trial(source, withNamesOf(source, live), async (session) => {
          await apply(session, 'all')
          for (const [i, table] of all.entries()) {
            const names = table.columns
              .filter((column) => column.generated !== 'stored')
              .map((column) => `"${column.name}"`)
              .join(', ')
            const now = await lines(session, `(select ${names} from ${quoteTable(table)})`)
            expect(now).toEqual(await lines(session, `source.t${i}`))
          }
        })
      }),
      { numRuns: 30 },
    )
  }, 120_000)

  test('with unique values in the way, “all” makes the tables equal or refuses', async () => {
    await fc.assert(
      fc.asyncProperty(content, content, async (source, live) => {
        await trial(source, live, async (session) => {
          const houses = all.findIndex((table) => table.name === 'houses')
          const refusal = await apply(session, 'all').catch((error) => error)
          if (refusal instanceof AppError) expect(refusal.code).toBe('values-in-the-way')
          else
            expect(await lines(session, 'public.houses')).toEqual(await lines(session, `source.t${houses}`))
        })
      }),
      { numRuns: 30 },
    )
  }, 120_000)

  test('after “missing” nothing that lived was touched, and what came is from the source', async () => {
    await fc.assert(
      fc.asyncProperty(content, content, async (source, live) => {
        await trial(source, live, async (session) => {
          const before = await Promise.all(all.map((table) => lines(session, quoteTable(table))))
          const { written } = await apply(session, 'missing')
          for (const [i, table] of all.entries()) {
            const after = await lines(session, quoteTable(table))
            for (const line of before[i]!) {
              expect(after).toContain(line)
              after.splice(after.indexOf(line), 1)
            }
            const inserted = written.tables.find((one) =>
              one.table.includes(table.name.replaceAll('"', '""')),
            )
            expect(after).toHaveLength(inserted?.inserted ?? 0)
          }
          const again = await apply(session, 'missing')
          expect(again.written.tables).toEqual([])
        })
      }),
      { numRuns: 30 },
    )
  }, 120_000)

  test('after “changed” every row of the source that could come is there as it was, and extra rows stay', async () => {
    await fc.assert(
      fc.asyncProperty(content, content, async (source, live) => {
        await trial(source, withNamesOf(source, live), async (session) => {
          const { plan } = await apply(session, 'changed')
          for (const table of plan.tables) {
            const names = table.columns.map((column) => `"${column}"`).join(', ')
            const now = await lines(session, `(select ${names} from ${quoteTable(table.live)})`)
            const wanted = await lines(session, `(select ${names} from ${quoteTable(table.source.relation)})`)
            expect(now).toEqual(expect.arrayContaining(wanted))
            expect(now.length).toBe(wanted.length + table.extra.rows)
          }
        })
      }),
      { numRuns: 30 },
    )
  }, 120_000)
})
