import { AppError } from '#lib/errors.ts'
import type { PermitRequest } from '#lib/guards/permit-input.ts'
import { formatTable, parseTable, sameTable } from '#lib/sql/identifier.ts'
import { type Policy, policyTable } from '#lib/targets/policy.ts'

/** Refuses a permit for what no budget limits: nobody needs it. Throws AppError `no-budget`. Pure. */
export function assertPolicyAllows(
  policy: Policy,
  { table: text, act }: PermitRequest,
  role: string,
  target: string,
): void {
  const table = parseTable(text)!
  const entry = policy.protectedTables.find((candidate) => sameTable(policyTable(candidate.table), table))
  if (!entry) {
    throw new AppError('no-budget', `${formatTable(table)} is not protected; no permit is needed.`, {
      kind: 'refused',
      hint: `See what is: holdfast policy show ${target}`,
    })
  }
  const isLimited = act === 'delete' || entry.updates || policy.agents.some((agent) => agent.role === role)
  if (isLimited) return
  throw new AppError('no-budget', `Updates of ${formatTable(table)} have no budget; no permit is needed.`, {
    kind: 'refused',
    hint: `See the policy: holdfast policy show ${target}`,
  })
}
