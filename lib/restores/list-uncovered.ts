import type postgres from 'postgres'
import type { OpenSource } from '#lib/restores/types.ts'
import { listNotCovered } from '#lib/rows/list-not-covered.ts'
import type { RowsPlan } from '#lib/rows/types.ts'
import { formatTable, sameTable } from '#lib/sql/identifier.ts'
import type { Table } from '#lib/targets/types.ts'

const shown = 10

const some = (names: readonly string[]): string =>
  `${names.slice(0, shown).join(', ')}${names.length > shown ? ` and ${names.length - shown} more` : ''}`

const begin = (sentence: string): string => `${sentence[0]!.toUpperCase()}${sentence.slice(1)}`

/** Rows that a comparison found and leaves out; the engine says each with its reason. */
const leavesOut = /^[\d,]+ rows?( of the source)? stays? (out|as)\b/

/**
 * Everything that a person could expect of a restore and would miss, a sentence each: tables that the source does not have,
 * rows that stay out, what hangs on the tables and is not written with them. Reads the catalog only.
 */
export async function listUncovered(
  transaction: postgres.TransactionSql,
  {
    source,
    live,
    plan,
    wanted,
    into,
  }: {
    source: OpenSource
    live: readonly Table[]
    plan: RowsPlan
    /** The tables that were asked for by name; none: all of the source. */
    wanted: readonly string[]
    into: 'copy' | 'place'
  },
): Promise<string[]> {
  const sentences: string[] = []
  if (wanted.length === 0) {
    const uncopied = live.filter((table) => !source.tables.some((one) => sameTable(one, table)))
    if (uncopied.length > 0)
      sentences.push(
        `${begin(source.label)} does not have ${some(uncopied.map(formatTable))}: nothing of ${uncopied.length === 1 ? 'it' : 'them'} comes back.`,
      )
  }
  for (const { live: table, notes } of plan.tables)
    for (const note of notes) if (leavesOut.test(note)) sentences.push(`${formatTable(table)}: ${note}`)
  sentences.push(
    ...(await listNotCovered(
      { sql: transaction },
      plan.tables.map(({ live: table }) => table),
    )),
  )
  if (into === 'place' && plan.tables.some(({ live: table }) => table.sequences.length > 0))
    sentences.push('Sequences do not go back to where they were: they are only moved past what comes back.')
  return sentences
}
