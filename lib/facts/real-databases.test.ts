import type postgres from 'postgres'
import { describe, expect, it } from 'vitest'
import { compareFacts } from '#lib/facts/compare-facts.ts'
import { readFacts } from '#lib/facts/read-facts.ts'
import type { Facts } from '#lib/facts/types.ts'
import { dumpDatabase, restoreDump } from '#lib/testing/copy-database.ts'
import { hasPublicData, readPublicData } from '#lib/testing/public-data.ts'
import { createTestDatabase } from '#lib/testing/test-db.ts'

const factsOf = (sql: postgres.Sql): Promise<Facts> =>
  sql.begin('isolation level repeatable read read only', (session) => readFacts(session)) as Promise<Facts>

// Databases that nobody here made; they lie beside the checkout, where they are present at all.
const samples = [
  {
    name: 'chinook',
    rows: 15_607,
    lose: 'update invoice_line set quantity = quantity + 1 where invoice_line_id = 42',
  },
  { name: 'northwind', rows: 3_362, lose: `update orders set freight = freight * 2 where order_id = 10248` },
]

for (const { name, rows, lose } of samples.filter(({ name }) => hasPublicData(name))) {
  describe(name, () => {
    it('has equal facts after pg_dump and pg_restore, and unequal ones after a change of one value', async () => {
      const source = await createTestDatabase()
      await source.sql.unsafe(readPublicData(name))
      const before = await factsOf(source.sql)
      expect(before.tables.reduce((sum, table) => sum + table.rows, 0)).toBe(rows)
      const copy = await createTestDatabase()
      const restored = await restoreDump(await dumpDatabase(source.url, 15), copy.url, [
        '--no-owner',
        '--exit-on-error',
      ])
      expect(restored).toEqual({ code: 0, words: '' })
      expect(compareFacts(before, await factsOf(copy.sql), { definitions: 'reloaded' })).toEqual([])
      await copy.sql.unsafe(lose)
      const after = await factsOf(copy.sql)
      expect(compareFacts(before, after, { definitions: 'reloaded' }).map(({ kind }) => kind)).toEqual([
        'checksum',
      ])
    })
  })
}
