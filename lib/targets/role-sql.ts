import { quoteIdentifier, quoteTable, type TableName } from '#lib/sql/identifier.ts'

/**
 * The SQL that makes Holdfast's four least-privilege roles in a target, for a superuser to run after choosing passwords.
 * Passwords are placeholders on purpose: none is made, shown or kept here.
 */
export function leastPrivilegeSql(databaseName: string, protectedTables: readonly TableName[]): string {
  const database = quoteIdentifier(databaseName)
  const schemas = [...new Set(protectedTables.map(({ schema }) => schema))].map(quoteIdentifier)
  const lines = [
    '-- Choose four passwords, run this as a superuser, then give each role its URL: holdfast targets credential',
    "create role holdfast_watch login password '…' in role pg_monitor, pg_read_all_data;",
    "create role holdfast_backup login password '…' bypassrls in role pg_read_all_data;",
    "create role holdfast_restore login password '…' bypassrls in role pg_read_all_data, pg_write_all_data;",
    "create role holdfast_guard login password '…' bypassrls in role pg_read_all_data;",
    `grant connect on database ${database} to holdfast_watch, holdfast_backup, holdfast_restore, holdfast_guard;`,
    `grant create on database ${database} to holdfast_guard, holdfast_restore;`,
    'alter role holdfast_watch set default_transaction_read_only = on;',
    'alter role holdfast_backup set default_transaction_read_only = on;',
  ]
  if (protectedTables.length > 0) {
    lines.push(
      `grant usage on schema ${schemas.join(', ')} to holdfast_guard;`,
      `grant trigger on ${protectedTables.map(quoteTable).join(', ')} to holdfast_guard;`,
    )
  }
  return lines.join('\n')
}
