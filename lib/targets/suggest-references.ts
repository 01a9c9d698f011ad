import type postgres from 'postgres'
import { formatTable, sameTable } from '#lib/sql/identifier.ts'
import type { PolicyInput } from '#lib/targets/policy.ts'
import { sampleHits } from '#lib/targets/sample-target.ts'
import { isNamedAfter, referenceStem } from '#lib/targets/schema-words.ts'
import type { Table } from '#lib/targets/types.ts'

/** A column that leads to another table's key, declared or found. */
export interface Edge {
  from: Table
  column: string
  to: Table
  key: string
  declared: boolean
}

/** Below this share of hits a name is a coincidence; above it the misses are orphans worth knowing of. */
const plausibleShare = 0.95

const singleKey = (table: Table): string | null => (table.key?.length === 1 ? table.key[0]! : null)

/** The declared foreign keys of one column. */
export function listDeclaredEdges(tables: readonly Table[]): Edge[] {
  return tables.flatMap((from) =>
    from.foreignKeys.flatMap((foreignKey) => {
      const to = tables.find((table) => sameTable(table, foreignKey.references))
      if (!to || foreignKey.columns.length !== 1) return []
      return [
        { from, column: foreignKey.columns[0]!, to, key: foreignKey.referencedColumns[0]!, declared: true },
      ]
    }),
  )
}

/** References that names promise and data keeps, without a foreign key. */
export async function findUndeclaredEdges(sql: postgres.Sql, tables: readonly Table[]): Promise<Edge[]> {
  const edges: Edge[] = []
  for (const from of tables.filter((table) => table.kind !== 'partition')) {
    for (const { name: column } of from.columns) {
      if (from.foreignKeys.some(({ columns }) => columns.includes(column))) continue
      const stem = referenceStem(column)
      if (!stem) continue
      const candidates = tables.filter(
        (table) => isNamedAfter(table, stem) && singleKey(table) && table.kind !== 'partition',
      )
      for (const to of candidates) {
        const key = singleKey(to)!
        // A table's own key is no reference, unless it shares the key of another table.
        if (sameTable(to, from) && key === column) continue
        const { values, hits } = await sampleHits(sql, from, column, to, key)
        if (values === 0 || hits / values < plausibleShare) continue
        edges.push({ from, column, to, key, declared: false })
        break
      }
    }
  }
  return edges
}

export const toReferences = (edges: readonly Edge[]): NonNullable<PolicyInput['references']> =>
  edges.map(({ from, column, to, key }) => ({
    table: formatTable(from),
    columns: [column],
    references: formatTable(to),
    referencedColumns: [key],
  }))
