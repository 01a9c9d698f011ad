import type postgres from 'postgres'
import { messageOf } from '#lib/errors.ts'
import type { PolicyProblem } from '#lib/targets/check-policy.ts'
import type { Policy } from '#lib/targets/policy.ts'

/**
 * What in the policy PostgreSQL itself would refuse: patterns that are no regular expressions, probes that cannot be
 * planned. Nothing is executed: a probe is only explained, as one statement in a read-only transaction.
 */
export async function findSqlProblems(sql: postgres.Sql, policy: Policy): Promise<PolicyProblem[]> {
  const problems: PolicyProblem[] = []
  for (const { name, patterns } of policy.codePatterns) {
    for (const [label, pattern] of Object.entries(patterns)) {
      await sql`select '' ~ ${pattern}`.catch((error) =>
        problems.push({ path: `codePatterns.${name}.${label}`, message: messageOf(error) }),
      )
    }
  }
  for (const probe of policy.probes) {
    // With options in parentheses no ANALYZE can follow, which would execute. The extended protocol takes exactly one statement, so nothing can hide behind a semicolon.
    const explained = sql.begin('read only', (tx) =>
      tx.unsafe(`explain (costs off) ${probe.sql}`, [], { simple: false } as object),
    )
    await explained.catch((error) =>
      problems.push({ path: `probes.${probe.name}`, message: messageOf(error) }),
    )
  }
  return problems
}
