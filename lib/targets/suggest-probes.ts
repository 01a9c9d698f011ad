import { quoteIdentifier, quoteTable } from '#lib/sql/identifier.ts'
import type { PolicyInput } from '#lib/targets/policy.ts'
import { slugOf } from '#lib/targets/schema-words.ts'
import type { Edge } from '#lib/targets/suggest-references.ts'
import type { Table } from '#lib/targets/types.ts'

type Probes = NonNullable<PolicyInput['probes']>

const most = 5

const typeOf = (table: Table, column: string) => table.columns.find(({ name }) => name === column)?.type

/** What every application does with its largest tables: find one row by key, and list rows with what they belong to. */
export function suggestProbes(tables: readonly Table[], edges: readonly Edge[]): Probes {
  const largest = tables
    .filter((table) => table.kind !== 'partition' && table.keyKind === 'primary' && table.key?.length === 1)
    .sort((a, b) => b.sizeBytes - a.sizeBytes)
  const lookups = largest.slice(0, most).map((table): Probes[number] => {
    const [from, key] = [quoteTable(table), quoteIdentifier(table.key![0]!)]
    return {
      name: `${slugOf(table.name)}-by-key`,
      category: 'lookup',
      // By the last key, so that the probe needs no value of its own.
      sql: `select * from ${from} where ${key} = (select ${key} from ${from} order by ${key} desc limit 1)`,
    }
  })
  const joins = edges
    .filter((edge) => largest.slice(0, most * 2).includes(edge.from))
    .sort((a, b) => b.from.sizeBytes + b.to.sizeBytes - a.from.sizeBytes - a.to.sizeBytes)
    .slice(0, most)
    .map(({ from, column, to, key }): Probes[number] => {
      // A cast keeps an index from being used; only different types need one.
      const cast = typeOf(from, column) === typeOf(to, key) ? '' : '::text'
      const own = `c.${quoteIdentifier(column)}${cast}`
      const theirs = `p.${quoteIdentifier(key)}${cast}`
      return {
        name: `${slugOf(from.name)}-with-${slugOf(to.name)}`.slice(0, 63),
        category: 'list',
        sql: `select * from ${quoteTable(from)} c join ${quoteTable(to)} p on ${own} = ${theirs} order by c.${quoteIdentifier(from.key![0]!)} desc limit 50`,
      }
    })
  const probes = [...lookups, ...joins]
  return probes.filter((probe, index) => probes.findIndex(({ name }) => name === probe.name) === index)
}
