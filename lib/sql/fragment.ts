import { quoteIdentifier, quoteTable, type TableName } from '#lib/sql/identifier.ts'

interface Bound {
  value: string
}

/** A piece of SQL whose values are bound, never part of the text. Made by the functions of this file only. */
export interface Fragment {
  readonly parts: readonly (string | Bound)[]
}

/** What the driver gets: text with $1, $2 … and their values, all of type text. */
export interface Statement {
  text: string
  parameters: string[]
}

/** Writes SQL around other fragments: fragment`select ${name('id')} from ${tableOf(users)}`. */
export function fragment(strings: TemplateStringsArray, ...inner: readonly Fragment[]): Fragment {
  return { parts: strings.flatMap((text, index) => [text, ...(inner[index]?.parts ?? [])]) }
}

/** A value, bound as text; cast it to what the comparison needs. */
export const bind = (value: string | number | boolean): Fragment => ({ parts: [{ value: String(value) }] })

/** A quoted identifier. */
export const name = (identifier: string): Fragment => ({ parts: [quoteIdentifier(identifier)] })

/** A quoted column of an alias that our own text introduced. */
export const columnOf = (alias: 'm' | 'o' | 'r' | 't' | 'u', column: string): Fragment => ({
  parts: [`${alias}.${quoteIdentifier(column)}`],
})

/** An operator of the catalog, with its schema: no session's search path chooses another one. */
export const operatorOf = ({ schema, name }: TableName): Fragment => ({
  parts: [`operator(${quoteIdentifier(schema)}.${name.replace(/[^-+*/<>=~!@#%^&|`?]/g, '')})`],
})

/** A whole number of our own, written into the text. */
export const integer = (value: number): Fragment => ({ parts: [String(Math.trunc(value))] })

/** A quoted, schema-qualified table. */
export const tableOf = (table: TableName): Fragment => ({ parts: [quoteTable(table)] })

/** A type as `format_type` of the catalog spells it, without length or precision: a cast must never shorten a value. */
export const typeOf = (catalogType: string): Fragment => ({
  parts: [catalogType.replace(/\(\d+(,\s*-?\d+)?\)/, '')],
})

export function join(fragments: readonly Fragment[], separator: string): Fragment {
  return { parts: fragments.flatMap((each, index) => (index > 0 ? [separator, ...each.parts] : each.parts)) }
}

/** For the driver. */
export function toStatement({ parts }: Fragment): Statement {
  const parameters: string[] = []
  const text = parts
    .map((part) => (typeof part === 'string' ? part : `$${parameters.push(part.value)}::text`))
    .join('')
  return { text, parameters }
}

/** For people: the same statement with its values written out, as it could be pasted into psql. */
export const toText = ({ parts }: Fragment): string =>
  parts.map((part) => (typeof part === 'string' ? part : `'${part.value.replaceAll("'", "''")}'`)).join('')
