import { snapshotManifestOf } from '#lib/backups/queries.ts'
import type { BackupDetails, SnapshotTable } from '#lib/backups/types.ts'
import { AppError } from '#lib/errors.ts'
import { formatTable, sameTable, type TableName } from '#lib/sql/identifier.ts'

/** A snapshot's own schema in its target. Named by the backup's id, never by a clock. */
export const snapshotSchema = (backupId: string): string =>
  `holdfast_snapshot_${backupId.replaceAll('-', '').slice(0, 12)}`

/** Every protected table that a snapshot holds, with the relation in the same database to read its rows from. */
export const listSnapshotTables = (backup: BackupDetails): SnapshotTable[] =>
  snapshotManifestOf(backup).tables

/** The relation to read a table's rows from. Throws AppError `table-not-in-snapshot`. */
export function snapshotTableOf(backup: BackupDetails, table: TableName): SnapshotTable {
  const found = listSnapshotTables(backup).find((one) => sameTable(one.source, table))
  if (found) return found
  throw new AppError('table-not-in-snapshot', `The snapshot does not hold ${formatTable(table)}.`, {
    kind: 'refused',
    hint: 'Snapshots hold the protected tables of the policy; archives hold everything.',
  })
}

/** Names for the copies: the table's own, with the schema before it where two tables share a name. */
export function nameCopies(schema: string, sources: readonly TableName[]): TableName[] {
  const isShared = (name: string) => sources.filter((source) => source.name === name).length > 1
  const taken = new Set(sources.map((source) => source.name))
  return sources.map((source, i) => {
    if (!isShared(source.name)) return { schema, name: source.name }
    let name = `t${i + 1}`
    while (taken.has(name)) name = `${name}_`
    taken.add(name)
    return { schema, name }
  })
}
