import { AppError } from '#lib/errors.ts'
import { isCast, isChecked, isTaken } from '#lib/rows/type-changes.ts'
import type { SourceColumn } from '#lib/rows/types.ts'
import { formatTable } from '#lib/sql/identifier.ts'
import type { Column, Table } from '#lib/targets/types.ts'

export interface ColumnMapping {
  /** Compared and inserted, by their live names, in the live table's order. */
  columns: string[]
  /** The source's name of those that have another one there. */
  renamed: Record<string, string>
  /** Of those: whose type was another one then, so that the source's values are read as the live type. */
  cast: string[]
  /** Of those: whose live type does not hold every value of then, so that each row is tried before. */
  checked: string[]
  /** Of the source, by their names there: what goes to no live column, and only a copy can take. */
  dropped: string[]
  notes: string[]
}

type Renamed = Readonly<Record<string, string>>

const refused = (live: Table, why: string, hint: string): AppError =>
  new AppError('columns-differ', `Rows of ${formatTable(live)} cannot be put back: ${why}.`, {
    kind: 'refused',
    hint,
  })

/** Refuses a mapping that does not say, for each live column, one column of the source. */
function requireMapping(live: Table, there: ReadonlyMap<string, SourceColumn>, renamed: Renamed): void {
  const refuse = (why: string): never => {
    throw refused(
      live,
      why,
      `Say it as --map ${formatTable(live)}.column=old, both as the catalog spells them.`,
    )
  }
  const taken = new Map<string, string>()
  for (const column of live.columns) {
    const from = renamed[column.name] ?? column.name
    if (column.generated === 'stored' || !there.has(from)) continue
    const other = taken.get(from)
    if (other !== undefined)
      refuse(`the source’s column “${from}” would go to both “${other}” and “${column.name}”`)
    taken.set(from, column.name)
  }
  for (const [to, from] of Object.entries(renamed)) {
    const column = live.columns.find(({ name }) => name === to)
    if (!column) refuse(`it has no column “${to}”`)
    if (column!.generated === 'stored') refuse(`the column “${to}” is computed by the database`)
    if (!there.has(from)) refuse(`the source has no column “${from}”`)
  }
}

/** Live columns without a source beside columns of the source that live lost, of the same type: likely the same. */
function listLikely(live: Table, lacking: readonly Column[], left: readonly SourceColumn[]): string[] {
  return lacking.flatMap(({ name, type }) =>
    left
      .filter((old) => old.type === type)
      .map((old) => ({ old: old.name, say: `--map ${formatTable(live)}.${name}=${old.name}`, name }))
      .map(({ old, say }) => `Perhaps “${name}” was “${old}” then; if so, say ${say}.`),
  )
}

/**
 * Which columns travel from a source to a live table that may have changed since. Dropped columns are left out and
 * said so, added ones keep their default, generated ones are computed by the database; what was renamed, a person says.
 * A copy beside live takes what it can as it was. Throws AppError `columns-differ` where no row could be written, or where
 * the mapping does not fit.
 */
export function mapColumns(
  live: Table,
  source: readonly SourceColumn[],
  renamed: Renamed = {},
  beside = false,
): ColumnMapping {
  const there = new Map(source.map((column) => [column.name, column]))
  requireMapping(live, there, renamed)
  // They are found again by the key.
  const typeNow = (key: string) => live.columns.find(({ name }) => name === key)?.type
  const takesDropped = beside && (live.key?.every((key) => there.get(key)?.type === typeNow(key)) ?? false)
  const fromOf = (column: Column) => renamed[column.name] ?? column.name
  const settable = live.columns.filter((column) => column.generated !== 'stored')
  const lacking = settable.filter((column) => !there.has(fromOf(column)))
  const used = new Set(live.columns.map(fromOf))
  const left = source.filter(({ name }) => !used.has(name))
  const likely = listLikely(live, lacking, left)
  const mapping: ColumnMapping = { columns: [], renamed: {}, cast: [], checked: [], dropped: [], notes: [] }
  const { notes } = mapping
  const refuse = (why: string): never => {
    const other = 'Leave this table out, or make its columns take the rows of the source.'
    throw refused(live, why, [...likely, other].join(' '))
  }
  for (const column of settable) {
    const { name } = column
    const old = there.get(fromOf(column))
    if (!old) {
      if (live.key?.includes(name)) refuse(`its key column “${name}” was added since`)
      if (beside) continue
      if (column.notNull && !column.hasDefault)
        refuse(`the column “${name}” was added since, may not be empty and has no default`)
      notes.push(`The column “${name}” was added since; rows put back get its default.`)
      continue
    }
    if (
      takesDropped &&
      !live.key?.includes(name) &&
      (!isTaken(old, column.type) || isChecked(old, column.type))
    ) {
      mapping.dropped.push(old.name)
      notes.push(
        `The column “${name}” was ${old.type} then and is ${column.type} now; the copy has it as it was.`,
      )
      continue
    }
    if (!isTaken(old, column.type))
      refuse(`the column “${name}” was ${old.type} then and is ${column.type} now`)
    mapping.columns.push(name)
    if (old.name !== name) {
      mapping.renamed[name] = old.name
      notes.push(`The column “${name}” gets the values of “${old.name}”, as the request says.`)
    }
    if (isChecked(old, column.type)) {
      mapping.checked.push(name)
      notes.push(
        old.textOf
          ? `The type ${column.type} of “${name}” is not what it was; rows whose values it does not know stay out.`
          : `The column “${name}” was ${old.type} then and is ${column.type} now; rows whose values do not fit stay out.`,
      )
    }
    if (isCast(old, column.type)) mapping.cast.push(name)
  }
  for (const { name } of left) {
    if (takesDropped) mapping.dropped.push(name)
    notes.push(
      `The column “${name}” was dropped since; ${takesDropped ? 'the copy has it' : 'its values are not put back'}.`,
    )
  }
  notes.push(...likely)
  return mapping
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
