import type { SourceColumn } from '#lib/rows/types.ts'
import { type Fragment, fragment } from '#lib/sql/fragment.ts'

const baseOf = (type: string): string => type.replace(/\(\d+(,\s*-?\d+)?\)/, '')

/** Types that hold every value of another one. */
const wider: Record<string, readonly string[]> = {
  smallint: ['integer', 'bigint', 'numeric'],
  integer: ['bigint', 'numeric'],
  bigint: ['numeric'],
  'character varying': ['text'],
}

const numbers = ['smallint', 'integer', 'bigint', 'numeric']
const texts = ['character varying', 'text']

/** A type of an extension or of the application: its operators are not on our search path. */
export const isBorrowed = (type: string): boolean => /^("|[a-z_][\w$]*\.)/.test(type)

const isWider = (from: string, to: string): boolean => wider[baseOf(from)]?.includes(to) ?? false

/** `60` of `character varying(60)`: the larger holds all that the smaller does. Numbers with a scale are always tried. */
const holdsLength = (from: string, to: string): boolean => {
  const length = (type: string) => Number(/^[a-z ]*\((\d+)\)$/.exec(type)?.[1] ?? Number.POSITIVE_INFINITY)
  return !to.includes('(') || (texts.includes(baseOf(to)) && length(from) <= length(to))
}

/** Whether values of one type can be those of another without anybody guessing what they mean. */
export function isTaken({ type, kind, textOf }: SourceColumn, to: string): boolean {
  if (textOf !== undefined) return textOf === to
  if (baseOf(type) === baseOf(to) || isWider(type, to)) return true
  if (numbers.includes(baseOf(type))) return numbers.includes(baseOf(to))
  // An enumeration or a domain that was made anew keeps its words.
  if (kind === 'enum' || kind === 'domain') return isBorrowed(to) || texts.includes(baseOf(to))
  return texts.includes(baseOf(type)) && texts.includes(baseOf(to))
}

/** Whether some values of the one type are none of the other, so that each has to be tried. */
export function isChecked({ type, textOf }: SourceColumn, to: string): boolean {
  if (textOf !== undefined) return true
  if (type === to || isWider(type, to)) return false
  if (baseOf(type) === baseOf(to)) return !holdsLength(type, to)
  return true
}

/** Whether the values have to be read as the live type, rather than being of it. */
export const isCast = (old: SourceColumn, to: string): boolean =>
  isChecked(old, to) || baseOf(old.type) !== baseOf(to)

/** A type as the catalog spells it, with its length. */
export const exactType = (type: string): Fragment => ({ parts: [type] })

/** The value in `text`, read as the type and back: true where nothing is lost on the way. Raises where it cannot be read. */
export function staysTheSame(to: string): Fragment {
  const type = exactType(to)
  return numbers.includes(baseOf(to))
    ? fragment`value::pg_catalog.numeric = value::pg_catalog.numeric::${type}::pg_catalog.numeric`
    : fragment`(value::${type})::pg_catalog.text collate pg_catalog."C" = value`
}
