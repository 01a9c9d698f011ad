import type postgres from 'postgres'
import type { SnapshotTable } from '#lib/backups/types.ts'
import { AppError } from '#lib/errors.ts'
import { checksumTable } from '#lib/facts/checksum-table.ts'
import { pinOutput } from '#lib/facts/read-facts.ts'
import type { Facts } from '#lib/facts/types.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import { formatTable, sameTable } from '#lib/sql/identifier.ts'

/**
 * Computes the checksums of a snapshot's copies and compares them with the facts of the tables they were made from.
 * Must be in a transaction. Throws AppError `snapshot-damaged` naming the tables, `snapshot-gone` where a copy is not there.
 */
export async function assertSnapshotIntact(
  sql: postgres.TransactionSql,
  manifest: { tables: readonly SnapshotTable[] },
  facts: Facts,
  scope: Pick<JobScope, 'signal' | 'progress'>,
): Promise<void> {
  await pinOutput(sql)
  const damaged: string[] = []
  let isGone = false
  for (const [i, table] of manifest.tables.entries()) {
    const expected = facts.tables.find((one) => sameTable(one, table.source))
    const columns = expected?.columns ?? []
    const found = await checksumTable(sql, table.stored, columns, scope.signal).catch((error) => {
      // Undefined table, schema or column: somebody changed or removed the copy.
      if (/^(42P01|3F000|42703)$/.test(String((error as { code?: string }).code))) return null
      throw error
    })
    if (!expected || !found) damaged.push(`${formatTable(table.source)}: its copy is gone`)
    else if (found.rows !== expected.rows)
      damaged.push(`${formatTable(table.source)}: ${found.rows} of ${expected.rows} rows`)
    else if (found.checksum !== expected.checksum)
      damaged.push(`${formatTable(table.source)}: its rows differ`)
    isGone = !found
    if (isGone) break
    scope.progress(i + 1)
  }
  if (damaged.length === 0) return
  throw new AppError(
    isGone ? 'snapshot-gone' : 'snapshot-damaged',
    `The snapshot is not what was copied. ${damaged.join('; ')}.`,
    {
      hint: 'Do not restore from it. Take a new one.',
    },
  )
}
