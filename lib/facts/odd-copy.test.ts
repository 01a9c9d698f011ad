import type postgres from 'postgres'
import { beforeAll, describe, expect, it } from 'vitest'
import { compareFacts } from '#lib/facts/compare-facts.ts'
import { readFacts } from '#lib/facts/read-facts.ts'
import type { Facts } from '#lib/facts/types.ts'
import { dumpDatabase, restoreDump } from '#lib/testing/copy-database.ts'
import { createOddDatabase } from '#lib/testing/odd-database.ts'
import { createTestDatabase } from '#lib/testing/test-db.ts'

const factsOf = (sql: postgres.Sql): Promise<Facts> =>
  sql.begin('isolation level repeatable read read only', (session) => readFacts(session)) as Promise<Facts>

describe('the odd database', () => {
  let odd: Awaited<ReturnType<typeof createOddDatabase>>
  beforeAll(async () => {
    odd = await createOddDatabase()
  })

  it('has equal facts after pg_dump and pg_restore, whole and as a drill restores it', async () => {
    const before = await factsOf(odd.sql)
    const dump = await dumpDatabase(odd.url, 15)
    const asDrill = [
      '--exit-on-error',
      '--no-owner',
      '--no-privileges',
      '--no-security-labels',
      '--no-publications',
      '--no-subscriptions',
      '--no-tablespaces',
    ]
    for (const options of [['--exit-on-error'], asDrill]) {
      const copy = await createTestDatabase()
      expect(await restoreDump(dump, copy.url, options)).toEqual({ code: 0, words: '' })
      expect(compareFacts(before, await factsOf(copy.sql), { definitions: 'reloaded' })).toEqual([])
    }
  })
})
