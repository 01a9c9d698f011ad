import type { RecordedError } from '#lib/backups/types.ts'
import type { Facts } from '#lib/facts/types.ts'
import { formatBytes } from '#lib/format/format-bytes.ts'
import { formatTable, sameTable, type TableName } from '#lib/sql/identifier.ts'

const fallenBelow = 0.5

/** Below this a dump is mostly definitions, and the share of its content says nothing. */
const leastBytes = 100_000

/** What a backup holds, as far as the next one is measured against it. */
export interface HeldContent {
  facts: Facts
  /** Before compression: of the dump, or of the copied tables. Null where nobody counted. */
  bytes: number | null
}

/** The bytes of a backup's content: compression may change from one day to the next, what was compressed may not. */
export const contentBytes = (backup: { sizeBytes: number | null; manifest: unknown }): number | null => {
  const { rawBytes } = (backup.manifest ?? {}) as { rawBytes?: unknown }
  return typeof rawBytes === 'number' ? rawBytes : backup.sizeBytes
}

const totalRows = (facts: Facts): number => facts.tables.reduce((sum, table) => sum + table.rows, 0)

/**
 * Whether a backup that was taken without an error is nevertheless suspicious: it is empty, or it has fallen below half
 * of the last good one, in rows or in bytes, as a whole or in a protected table. Null when it is not. A backup taken after the loss is no success.
 */
export function judgeBackup(
  { facts, bytes }: HeldContent,
  lastGood: HeldContent | null,
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
  const rowsBefore = totalRows(lastGood.facts)
  if (rows < rowsBefore * fallenBelow)
    return suspicious(`It holds ${rows} rows; the last good one held ${rowsBefore}.`)
  const bytesBefore = lastGood.bytes ?? 0
  if (bytes !== null && bytesBefore >= leastBytes && bytes < bytesBefore * fallenBelow) {
    return suspicious(
      `Its content is ${formatBytes(bytes)}; that of the last good one was ${formatBytes(bytesBefore)}, with ${rowsBefore} rows then and ${rows} now.`,
    )
  }
  const objectsBefore = lastGood.facts.largeObjects?.count ?? 0
  const objects = facts.largeObjects?.count ?? 0
  if (facts.largeObjects && objects < objectsBefore * fallenBelow) {
    return suspicious(`It holds ${objects} large objects; the last good one held ${objectsBefore}.`)
  }
  for (const name of protectedTables) {
    const before = lastGood.facts.tables.find((table) => sameTable(table, name))
    if (!before || before.rows === 0) continue
    const now = facts.tables.find((table) => sameTable(table, name))?.rows ?? 0
    if (now < before.rows * fallenBelow)
      return suspicious(
        `${formatTable(name)} has ${now} rows; in the last good backup it had ${before.rows}.`,
      )
  }
  return null
}
