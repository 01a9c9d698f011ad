import { AppError } from '#lib/errors.ts'
import type { SourceColumn } from '#lib/rows/types.ts'
import { formatTable } from '#lib/sql/identifier.ts'
import type { Column, Table } from '#lib/targets/types.ts'

export interface ColumnMapping {
  /** Compared and inserted, in the live table's order. */
  columns: string[]
  /** Of those: whose type was narrower then, so that the source's values are read as the live type. */
  widened: string[]
  notes: string[]
}

const baseOf = (type: string): string => type.replace(/\(\d+(,\s*-?\d+)?\)/, '')

/** Types that hold every value of another one. */
const wider: Record<string, readonly string[]> = {
  smallint: ['integer', 'bigint', 'numeric'],
  integer: ['bigint', 'numeric'],
  bigint: ['numeric'],
  'character varying': ['text'],
}

const fits = (from: string, to: string): boolean =>
  baseOf(from) === baseOf(to) || (wider[baseOf(from)]?.includes(to) ?? false)

/**
 * Which columns travel from a source to a live table that may have changed since. Dropped columns are left out and
 * said so, added ones keep their default, generated ones are computed by the database.
 * Throws AppError `columns-differ` where no row could be written.
 */
export function mapColumns(live: Table, source: readonly SourceColumn[]): ColumnMapping {
  const notes: string[] = []
  const there = new Map(source.map((column) => [column.name, column]))
  const refuse = (why: string): never => {
    throw new AppError('columns-differ', `Rows of ${formatTable(live)} cannot be put back: ${why}.`, {
      kind: 'refused',
      hint: 'Leave this table out, or make its columns take the rows of the source.',
    })
  }
  const columns: string[] = []
  const widened: string[] = []
  for (const column of live.columns) {
    if (column.generated === 'stored') continue
    const old = there.get(column.name)
    if (!old) {
      if (live.key?.includes(column.name)) refuse(`its key column “${column.name}” was added since`)
      if (column.notNull && !column.hasDefault)
        refuse(`the column “${column.name}” was added since, may not be empty and has no default`)
      notes.push(`The column “${column.name}” was added since; rows put back get its default.`)
      continue
    }
    if (!fits(old.type, column.type))
      refuse(`the column “${column.name}” was ${old.type} then and is ${column.type} now`)
    columns.push(column.name)
    if (baseOf(old.type) !== baseOf(column.type)) widened.push(column.name)
  }
  const isLive = (name: string) => live.columns.some((column) => column.name === name)
  for (const { name } of source.filter((column) => !isLive(column.name))) {
    notes.push(`The column “${name}” was dropped since; its values are not put back.`)
  }
  return { columns, widened, notes }
}

/** The columns that an update may set. */
export const updatable = (live: Table, columns: readonly string[]): string[] => {
  const isSettable = (column: Column) => column.generated !== 'always' && !live.key?.includes(column.name)
  return columns.filter((name) => live.columns.some((column) => column.name === name && isSettable(column)))
}

const updatedName = /^(last_?)?(updated|modified|changed)(_?(at|on|date|time))?$/i
const createdName = /^(created|inserted)(_?(at|on|date|time))?$/i

/** The column that tells when a row was last changed, or made; null where none looks like it. */
export function momentColumn(live: Table, kind: 'updated' | 'created'): Column | null {
  const pattern = kind === 'updated' ? updatedName : createdName
  return (
    live.columns.find((column) => pattern.test(column.name) && column.type.startsWith('timestamp')) ?? null
  )
}
