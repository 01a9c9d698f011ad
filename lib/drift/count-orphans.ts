import { listUnreadable } from '#lib/drift/check-rights.ts'
import { masterNameOf } from '#lib/drift/choose-tables.ts'
import type { BothSides, FoundReference, Side, TablePair } from '#lib/drift/types.ts'
import { orphansSql } from '#lib/health/checks/references.ts'
import { runSql } from '#lib/rows/run-sql.ts'
import { columnOf, fragment, join, tableOf } from '#lib/sql/fragment.ts'
import { formatTable, sameTable } from '#lib/sql/identifier.ts'
import { conditionsSql } from '#lib/targets/membership-sql.ts'
import { type Policy, policyTable } from '#lib/targets/policy.ts'
import type { Table } from '#lib/targets/types.ts'

type Rule = Policy['references'][number]

interface Reference extends Pick<Rule, 'columns' | 'referencedColumns' | 'where' | 'required'> {
  table: Table
  references: Table
  declared: boolean
}

export interface OrphansRequest {
  pairs: readonly TablePair[]
  masterTables: readonly Table[]
  targetTables: readonly Table[]
  /** Of the target's policy, by the target's names. */
  rules: readonly Rule[]
  names: Record<string, string>
  signal?: AbortSignal | undefined
}

const has = (table: Table, columns: readonly string[]): boolean =>
  columns.every((name) => table.columns.some((column) => column.name === name))

/** The declared references of the compared tables, and those that the policy alone knows, of one side. */
function listReferences(
  side: FoundReference['side'],
  { pairs, masterTables, targetTables, rules, names }: OrphansRequest,
): Reference[] {
  const tables = side === 'master' ? masterTables : targetTables
  const nameHere = (text: string) =>
    side === 'master' ? masterNameOf(names, policyTable(text)) : policyTable(text)
  const find = (name: { schema: string; name: string }) => tables.find((table) => sameTable(table, name))
  const compared = pairs.map((pair) => pair[side])
  const ruled = rules.flatMap((rule): Reference[] => {
    const [table, references] = [find(nameHere(rule.table)), find(nameHere(rule.references))]
    if (!table || !references || !compared.some((one) => sameTable(one, table))) return []
    const needed = [...rule.columns, ...Object.keys(rule.where)]
    if (!has(table, needed) || !has(references, rule.referencedColumns)) return []
    const declared = table.foreignKeys.some((key) => key.columns.join('\0') === rule.columns.join('\0'))
    return [{ ...rule, table, references, declared }]
  })
  const declared = compared.flatMap((one) => {
    const table = find(one)!
    return table.foreignKeys.flatMap((key): Reference[] => {
      const references = find(key.references)
      const isRuled = ruled.some(
        (rule) => sameTable(rule.table, table) && rule.columns.join('\0') === key.columns.join('\0'),
      )
      if (!references || isRuled) return []
      return [{ ...key, table, references, where: {}, required: false, declared: true }]
    })
  })
  return [...ruled, ...declared]
}

/** Of every reference of the compared tables, on both sides: rows that it leads nowhere, and rows that refer to nothing. */
export async function countOrphans(
  both: BothSides,
  request: OrphansRequest,
): Promise<{ references: FoundReference[]; unchecked: string[] }> {
  const found: FoundReference[] = []
  const unchecked: string[] = []
  for (const side of ['master', 'target'] as const) {
    const references = listReferences(side, request)
    const unreadable = await listUnreadable(
      both[side],
      references.map((reference) => reference.references),
    )
    for (const reference of references) {
      const parent = formatTable(reference.references)
      if (unreadable.includes(parent))
        unchecked.push(
          `${both[side].session.target.name}: ${formatTable(reference.table)} → ${parent}, which may not be read.`,
        )
      else found.push(await look(both[side], side, reference, request.signal))
    }
  }
  return { references: found, unchecked }
}

async function look(
  { sql }: Side,
  side: FoundReference['side'],
  reference: Reference,
  signal: AbortSignal | undefined,
): Promise<FoundReference> {
  const { table, references, columns, where, required, declared } = reference
  const [row] = await runSql<{ affected: string; samples: { id: string; note: string }[] | null }>(
    { sql, signal },
    orphansSql(reference),
  )
  const isOptional = table.columns.some(({ name, notNull }) => columns.includes(name) && !notNull)
  const none = join(
    columns.map((column) => fragment`${columnOf('t', column)} is null`),
    ' or ',
  )
  const [nothing] = isOptional
    ? await runSql<{ rows: string }>(
        { sql, signal },
        fragment`select count(*)::text as rows from ${tableOf(table)} t where (${none}) and ${conditionsSql(table, 't', where)}`,
      )
    : [{ rows: '0' }]
  const empty = Number(nothing!.rows)
  return {
    side,
    table: formatTable(table),
    columns,
    references: formatTable(references),
    declared,
    required,
    orphans: Number(row!.affected),
    empty,
    samples: (row!.samples ?? []).slice(0, 5).map(({ id, note }) => `${id} → ${note}`),
  }
}
