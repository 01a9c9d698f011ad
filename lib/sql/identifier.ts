/** A relation's place in a database, exactly as the catalog spells it (never quoted, never folded). */
export interface TableName {
  schema: string
  name: string
}

/**
 * Quotes one identifier as PostgreSQL's quote_ident does, but always quoting.
 * postgres.js' own `sql(name)` treats a dot as a separator, so it must not be used for catalog names.
 */
export const quoteIdentifier = (identifier: string): string => `"${identifier.replaceAll('"', '""')}"`

/** `"schema"."name"`, for use inside SQL text. */
export const quoteTable = (table: TableName): string =>
  `${quoteIdentifier(table.schema)}.${quoteIdentifier(table.name)}`

/** A comma-separated, quoted column list. */
export const quoteColumns = (columns: readonly string[]): string => columns.map(quoteIdentifier).join(', ')

const plainIdentifier = /^[a-z_][a-z0-9_$]*$/

/** How people read a table: `public.users`; parts that need quotes keep them: `public."bazaar-vid_user"`. */
export const formatTable = (table: TableName): string =>
  [table.schema, table.name]
    .map((part) => (plainIdentifier.test(part) ? part : quoteIdentifier(part)))
    .join('.')

/**
 * Reads `schema.table`, `table` (then in schema `public`) and quoted forms such as `public."bazaar-vid_user"`.
 * Unquoted parts are taken literally, not folded to lower case. Returns null when the text is not one or two identifiers.
 */
export function parseTable(text: string): TableName | null {
  const parts: string[] = []
  const pattern = /(?:"((?:[^"]|"")+)"|([^".]+))(\.|$)/gy
  let end = 0
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    parts.push(match[1] === undefined ? match[2]! : match[1].replaceAll('""', '"'))
    end = pattern.lastIndex
    if (match[3] === '') break
  }
  if (end !== text.length || text.endsWith('.')) return null
  if (parts.length === 1) return { schema: 'public', name: parts[0]! }
  if (parts.length === 2) return { schema: parts[0]!, name: parts[1]! }
  return null
}

/** Equality of two table names. */
export const sameTable = (a: TableName, b: TableName): boolean => a.schema === b.schema && a.name === b.name
