import type postgres from 'postgres'
import { messageOf } from '#lib/errors.ts'
import { admitQuestion } from '#lib/targets/admit-question.ts'
import type { PolicyProblem } from '#lib/targets/check-policy.ts'
import { findNearest } from '#lib/targets/nearest-name.ts'
import type { Policy } from '#lib/targets/policy.ts'

/** With options in parentheses no ANALYZE can follow, which would execute. The extended protocol takes exactly one statement, so nothing can hide behind a semicolon. */
const explain = (sql: postgres.Sql, text: string): Promise<unknown> =>
  sql.begin('read only', (tx) => tx.unsafe(`explain (costs off) ${text}`, [], { simple: false } as object))

/** SQL checks that may not be asked, that PostgreSQL cannot plan, or that share a name. */
async function findCheckProblems(sql: postgres.Sql, { checks }: Policy): Promise<PolicyProblem[]> {
  const problems: PolicyProblem[] = []
  for (const [index, { name, sql: text }] of checks.entries()) {
    const path = `checks.${name}`
    if (checks.findIndex((other) => other.name === name) < index)
      problems.push({ path, message: `“${name}” stands there twice.` })
    try {
      const question = await admitQuestion(sql, text)
      await explain(sql, `select from (\n${question}\n) as found`)
    } catch (error) {
      problems.push({ path, message: messageOf(error) })
    }
  }
  return problems
}

/** A misspelt role would be exposed to nothing, and its check green for ever. */
async function findRoleProblems(sql: postgres.Sql, { rowSecurity }: Policy): Promise<PolicyProblem[]> {
  if (rowSecurity.exposedRoles.length === 0) return []
  const roles = (await sql<{ name: string }[]>`select rolname::text as name from pg_roles`).map(
    ({ name }) => name,
  )
  return rowSecurity.exposedRoles
    .filter((role) => !roles.includes(role))
    .map((role) => {
      const [near] = findNearest(role, roles)
      const message = `The server has no role “${role}”${near ? `; is it “${near}”?` : '.'}`
      return { path: 'rowSecurity.exposedRoles', message }
    })
}

/**
 * What in the policy PostgreSQL itself would refuse: patterns that are no regular expressions, probes that cannot be
 * planned, checks that may not be asked, roles that are not there. Nothing is executed: probes and checks are only
 * explained, as one statement in a read-only transaction.
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
    await explain(sql, probe.sql).catch((error) =>
      problems.push({ path: `probes.${probe.name}`, message: messageOf(error) }),
    )
  }
  return [...problems, ...(await findCheckProblems(sql, policy)), ...(await findRoleProblems(sql, policy))]
}
