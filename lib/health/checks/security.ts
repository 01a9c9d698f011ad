import { countOf } from '#lib/format/format-count.ts'
import { healthy, unhealthy } from '#lib/health/judgement.ts'
import { loadFragment } from '#lib/health/load-fragment.ts'
import type { Judgement, PlanChecks, Row } from '#lib/health/types.ts'

const idlePoliciesSql = loadFragment(new URL('../sql/idle-policies.sql', import.meta.url))

/** Policies on a table whose row-level security is off protect nothing, though they look as if they did. */
export function judgeIdlePolicies(rows: readonly Row[]): Judgement {
  if (rows.length === 0) return healthy('Row-level security is on wherever policies are.')
  return unhealthy(
    'CRITICAL',
    `${countOf(rows.length, 'table')} have policies, but their row-level security is off: ${rows.map((row) => row.name).join(', ')}.`,
    {
      affected: rows.length,
      samples: rows.slice(0, 20).map((row) => ({ id: String(row.name), note: `${row.policies} policies` })),
      remedy: `alter table ${rows[0]!.name} enable row level security;`,
    },
  )
}

/** `security.row-level`. */
export const planSecurityChecks: PlanChecks = () => [
  {
    check: 'security.row-level',
    area: 'security',
    title: 'Row-level security is on where policies are',
    collect: idlePoliciesSql,
    judge: judgeIdlePolicies,
  },
]
