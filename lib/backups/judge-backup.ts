import type { RecordedError } from '#lib/backups/types.ts'
import type { Facts } from '#lib/facts/types.ts'
import { formatTable, sameTable, type TableName } from '#lib/sql/identifier.ts'

const fallenBelow = 0.5

const totalRows = (facts: Facts): number => facts.tables.reduce((sum, table) => sum + table.rows, 0)

/**
 * Whether a backup that was taken without an error is nevertheless suspicious: it is empty, or it has fallen below half
 * of the last good one, as a whole or in a protected table. Null when it is not. A backup taken after the loss is no success.
 */
export function judgeBackup(
  facts: Facts,
  lastGood: Facts | null,
  protectedTables: readonly TableName[],
): RecordedError | null {
  const suspicious = (message: string): RecordedError => ({
    code: 'suspicious',
    message,
    hint: 'Look at what happened to the rows. Older backups are kept until this one is accepted.',
  })
  const rows = totalRows(facts)
  if (rows === 0) return suspicious('It holds no rows at all.')
  if (!lastGood) return null
  const rowsBefore = totalRows(lastGood)
  if (rows < rowsBefore * fallenBelow)
    return suspicious(`It holds ${rows} rows; the last good one held ${rowsBefore}.`)
  for (const name of protectedTables) {
    const before = lastGood.tables.find((table) => sameTable(table, name))
    if (!before || before.rows === 0) continue
    const now = facts.tables.find((table) => sameTable(table, name))?.rows ?? 0
    if (now < before.rows * fallenBelow)
      return suspicious(
        `${formatTable(name)} has ${now} rows; in the last good backup it had ${before.rows}.`,
      )
  }
  return null
}
