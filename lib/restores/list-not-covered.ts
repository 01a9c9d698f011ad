import type postgres from 'postgres'
import type { OpenSource } from '#lib/restores/types.ts'
import type { RowsPlan } from '#lib/rows/types.ts'
import { formatTable, sameTable } from '#lib/sql/identifier.ts'
import { loadSql } from '#lib/sql/load-sql.ts'
import type { Table } from '#lib/targets/types.ts'

const besideSql = loadSql(new URL('./sql/beside_tables.sql', import.meta.url))

interface Beside {
  kind: 'extension' | 'materialized' | 'foreign' | 'temporary' | 'large'
  count: number
  names: string[]
}

const shown = 10

const some = (names: readonly string[], count = names.length): string =>
  `${names.slice(0, shown).join(', ')}${count > shown ? ` and ${count - shown} more` : ''}`

const besideText = ({ kind, count, names }: Beside): string =>
  ({
    extension: `Tables of extensions: ${some(names, count)}. The extension makes them again.`,
    materialized: `Materialized views: ${some(names, count)}. Their rows are computed again by refresh materialized view.`,
    foreign: `Foreign tables: ${some(names, count)}. Their rows are on another server.`,
    temporary: `Temporary tables of open sessions (${count}): they are in no copy.`,
    large: `Large objects (${count}): only an archive restored as a whole brings them back.`,
  })[kind]

/** Rows that a comparison found and leaves out; the engine says each with its reason. */
const leavesOut = /^[\d,]+ rows?( of the source)? stays? (out|as)\b/

/**
 * What a restore will not bring back or look at, a sentence each: everything that a person could expect and would miss.
 * Reads the catalog only.
 */
export async function listNotCovered(
  session: postgres.TransactionSql,
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
        `${source.label[0]!.toUpperCase()}${source.label.slice(1)} does not have ${some(uncopied.map(formatTable))}: nothing of ${uncopied.length === 1 ? 'it' : 'them'} comes back.`,
      )
  }
  for (const { live: table, notes } of plan.tables)
    for (const note of notes) if (leavesOut.test(note)) sentences.push(`${formatTable(table)}: ${note}`)
  const beside = await session.unsafe<Beside[]>(besideSql)
  sentences.push(...beside.map(besideText))
  if (into === 'place' && plan.tables.some(({ live: table }) => table.sequences.length > 0))
    sentences.push('Positions of sequences: they are only moved forward, past what comes back.')
  return sentences
}
