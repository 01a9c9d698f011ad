import { countOf } from '#lib/format/format-count.ts'
import { healthy, unhealthy } from '#lib/health/judgement.ts'
import { loadFragment } from '#lib/health/load-fragment.ts'
import type { Judgement, PlanChecks, Row, Sample } from '#lib/health/types.ts'
import { formatTable, type TableName } from '#lib/sql/identifier.ts'
import { protectedTables } from '#lib/targets/policy.ts'

const relationKindsSql = loadFragment(new URL('../sql/relation-kinds.sql', import.meta.url))
const unvalidatedSql = loadFragment(new URL('../sql/unvalidated-constraints.sql', import.meta.url))

const tableKinds = ['r', 'p']
const kindNames: Record<string, string> = {
  v: 'a view',
  m: 'a materialized view',
  f: 'a foreign table',
  S: 'a sequence',
}

/** Present means a real table of this schema; a view with the name does not hold rows. */
export function judgePresence(wanted: readonly TableName[], targetName: string) {
  return (rows: readonly Row[]): Judgement => {
    const absent = wanted.flatMap((table): Sample[] => {
      const found = rows.find((row) => row.schema === table.schema && row.name === table.name)
      if (found && tableKinds.includes(String(found.kind))) return []
      const note = found ? `${kindNames[String(found.kind)] ?? 'no table'} has its name` : 'missing'
      return [{ id: formatTable(table), note }]
    })
    if (absent.length === 0) return healthy(`All ${countOf(wanted.length, 'protected table')} are there.`)
    const told = absent.map(({ id, note }) => `${id} (${note})`).join(', ')
    return unhealthy('EMERGENCY', `${countOf(absent.length, 'protected table')} gone: ${told}.`, {
      affected: absent.length,
      samples: absent,
      remedy: `Restore them from an archive, or take them out of the policy if that was meant: holdfast backups list ${targetName}`,
    })
  }
}

const listed = (rows: readonly Row[]): Sample[] =>
  rows.slice(0, 20).map((row) => ({ id: String(row.name), note: String(row.place) }))

export function judgeUnvalidated(rows: readonly Row[]): Judgement {
  if (rows.length === 0) return healthy('Every constraint is validated.')
  return unhealthy(
    'WARNING',
    `${countOf(rows.length, 'constraint')} are not validated: old rows may break them.`,
    {
      affected: rows.length,
      samples: listed(rows),
      remedy: `alter table ${rows[0]!.place} validate constraint ${rows[0]!.name};`,
    },
  )
}

/** `schema.protected-tables` and `schema.constraints`. */
export const planSchemaChecks: PlanChecks = ({ policy, targetName }) => [
  {
    check: 'schema.protected-tables',
    area: 'schema',
    title: 'Protected tables present',
    collect: relationKindsSql,
    judge: judgePresence(protectedTables(policy), targetName),
  },
  {
    check: 'schema.constraints',
    area: 'schema',
    title: 'Constraints validated',
    collect: unvalidatedSql,
    judge: judgeUnvalidated,
  },
]
