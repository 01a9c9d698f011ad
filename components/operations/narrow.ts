import type { DraftChoices } from '#lib/restores/drafts/draft-choices.ts'

/** What somebody ticks in a plan to make a smaller one of it. */
export interface Narrow {
  /** Tables that stay out. */
  out: readonly string[]
  /** Only these rows, by table and key. */
  rows: readonly { table: string; key: readonly string[] }[]
}

export const nothingNarrowed: Narrow = { out: [], rows: [] }

const sameKey = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((value, index) => value === b[index])

export const isPicked = ({ rows }: Narrow, table: string, key: readonly string[]): boolean =>
  rows.some((row) => row.table === table && sameKey(row.key, key))

export const toggleRow = (narrow: Narrow, table: string, key: readonly string[]): Narrow => ({
  ...narrow,
  rows: isPicked(narrow, table, key)
    ? narrow.rows.filter((row) => !(row.table === table && sameKey(row.key, key)))
    : [...narrow.rows, { table, key }],
})

export const toggleTable = (narrow: Narrow, table: string): Narrow => ({
  ...narrow,
  out: narrow.out.includes(table) ? narrow.out.filter((each) => each !== table) : [...narrow.out, table],
})

/** The choices of the smaller plan. `chosen` are the tables of the plan that were asked for; the others follow them. */
export function narrowedChoices(narrow: Narrow, chosen: readonly string[]): DraftChoices {
  const rows = narrow.rows.filter(({ table }) => !narrow.out.includes(table))
  const picked = [...new Set(rows.map(({ table }) => table))].map((table) => ({
    table,
    keys: rows.filter((row) => row.table === table).map(({ key }) => [...key]),
  }))
  return picked.length > 0
    ? { picked, tables: picked.map(({ table }) => table) }
    : { tables: chosen.filter((table) => !narrow.out.includes(table)) }
}
