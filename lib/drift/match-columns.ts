import type { ColumnDifferences, TablePair } from '#lib/drift/types.ts'
import { AppError } from '#lib/errors.ts'
import { parseTable, sameTable } from '#lib/sql/identifier.ts'
import type { Column } from '#lib/targets/types.ts'

export interface MatchedPair extends TablePair {
  columns: ColumnDifferences
  hasKey: boolean
  /** Whether only a part of the columns is compared. */
  isPart: boolean
  notes: string[]
}

/** Types whose equal values have equal texts. */
const families: readonly (readonly string[])[] = [
  ['smallint', 'integer', 'bigint'],
  ['character varying', 'text'],
]

const baseOf = (type: string): string => type.replace(/\(\d+(,\s*-?\d+)?\)/, '')

function isComparable(a: string, b: string): boolean {
  const [one, other] = [baseOf(a), baseOf(b)]
  return one === other || families.some((family) => family.includes(one) && family.includes(other))
}

/**
 * For comparing alone: what the database computes or numbers itself is looked at like everything else, and both sides are
 * read as the master's type.
 */
const plain = (column: Column, { type }: Column): Column => ({ ...column, type, generated: 'no' })

const sameColumns = (a: readonly string[] | null, b: readonly string[] | null): boolean =>
  a !== null && b !== null && [...a].sort().join('\0') === [...b].sort().join('\0')

/**
 * Both tables reduced to the columns that can be compared; what is left out is said. Rows are matched by the key where both
 * have the same one; else whole rows are counted. Pure. Throws AppError `columns-differ` where no column is left.
 */
export function matchColumns(pair: TablePair, ignoredColumns: Record<string, string[]>): MatchedPair {
  const { master, target } = pair
  const ignored =
    Object.entries(ignoredColumns).find(([table]) => sameTable(parseTable(table)!, target))?.[1] ?? []
  const isWanted = ({ name }: Column) => !ignored.includes(name)
  const thereOf = (name: string) => master.columns.find((column) => column.name === name)
  const retyped: ColumnDifferences['retyped'] = []
  const common = target.columns.filter(isWanted).filter((here) => {
    const there = thereOf(here.name)
    if (!there) return false
    if (isComparable(here.type, there.type)) return true
    retyped.push({ column: here.name, master: there.type, target: here.type })
    return false
  })
  const names = common.map(({ name }) => name)
  const isKeyCommon = sameColumns(master.key, target.key) && target.key!.every((name) => names.includes(name))
  const key = isKeyCommon ? target.key : null
  if (names.length === 0)
    throw new AppError('columns-differ', `${pair.table} has no column that both have.`, {
      kind: 'refused',
      hint: 'Leave this table out.',
    })
  const notes = common.flatMap(({ name, type }) => {
    const there = thereOf(name)!.type
    return type === there ? [] : [`The column “${name}” is ${there} in the master and ${type} here.`]
  })
  if (!isKeyCommon && (master.key || target.key))
    notes.push('The two have no key in common: whole rows are compared.')
  return {
    ...pair,
    target: { ...target, key, columns: common.map((here) => plain(here, thereOf(here.name)!)) },
    master: { ...master, key, columns: names.map((name) => plain(thereOf(name)!, thereOf(name)!)) },
    hasKey: key !== null,
    isPart: names.length < Math.max(master.columns.length, target.columns.length),
    notes,
    columns: {
      onlyMaster: master.columns
        .filter(isWanted)
        .filter(({ name }) => !target.columns.some((column) => column.name === name))
        .map(({ name }) => name),
      onlyTarget: target.columns
        .filter(isWanted)
        .filter(({ name }) => !thereOf(name))
        .map(({ name }) => name),
      retyped,
      ignored: ignored.filter((name) => thereOf(name) || target.columns.some((one) => one.name === name)),
    },
  }
}

export const haveSameColumns = ({ onlyMaster, onlyTarget, retyped }: ColumnDifferences): boolean =>
  onlyMaster.length + onlyTarget.length + retyped.length === 0
