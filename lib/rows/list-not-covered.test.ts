import { expect, test } from 'vitest'
import { listNotCovered } from '#lib/rows/list-not-covered.ts'
import { connectToUrl } from '#lib/targets/open-target.ts'
import { createOddDatabase } from '#lib/testing/odd-database.ts'

test('what hangs on the tables and is not restored with them is named before anybody approves', async () => {
  const odd = await createOddDatabase()
  const sql = connectToUrl(odd.url, 'restore', { purpose: 'test' })
  try {
    await sql.begin(async (transaction) => {
      const told = await listNotCovered({ sql: transaction }, [
        { schema: 'odd', name: 'events' },
        { schema: 'odd', name: 'unlogged' },
        { schema: 'odd', name: 'parent' },
      ])
      const all = told.join('\n')
      expect(all).toMatch(/Materialized views are not refreshed: odd\.summary\./)
      expect(all).toMatch(/odd\.owned_by_extension \(hstore\)/)
      expect(all).toMatch(/a crash of the server empties them again: odd\.unlogged/)
      expect(all).toMatch(/odd\.child \(of parent\)/)
      expect(all).toMatch(/Large objects are not restored: \d+/)
      const other = await listNotCovered({ sql: transaction }, [{ schema: 'odd', name: 'texts' }])
      expect(other.join('\n')).not.toMatch(/odd\.summary|odd\.unlogged|odd\.child/)
    })
  } finally {
    await sql.end()
  }
})
