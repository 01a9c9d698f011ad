import { isDeepStrictEqual } from 'node:util'
import { policies } from '#drizzle/schema/targets.ts'
import { findDenial } from '#lib/auth/find-denial.ts'
import type { Ctx } from '#lib/context.ts'
import { done, type Outcome, refuse } from '#lib/errors.ts'
import { formatTable } from '#lib/sql/identifier.ts'
import { findPolicyProblems, formatProblems } from '#lib/targets/check-policy.ts'
import { findSqlProblems } from '#lib/targets/check-policy-sql.ts'
import { type ApplyPolicyInput, applyPolicyInput } from '#lib/targets/input.ts'
import { listRelations, listTables, pickTables } from '#lib/targets/introspect.ts'
import { withTarget } from '#lib/targets/open-target.ts'
import { type Policy, policySchema, protectedTables } from '#lib/targets/policy.ts'
import { type AppliedPolicy, findTargetByName, getPolicy } from '#lib/targets/queries.ts'
import type { Target } from '#lib/targets/types.ts'
import { defineVerb, type Verb } from '#lib/verb.ts'

export interface PolicyApplication extends Omit<AppliedPolicy, 'appliedAt'> {
  targetId: string
  /** False when the document is the one already in force. */
  changed: boolean
  warnings: string[]
}

interface Fitting {
  target: Target
  document: Policy
  warnings: string[]
}

const action = 'policy.apply'

/**
 * Puts a new version of a target's policy in force after checking it against the live schema.
 * Safe to repeat: the document already in force makes no new version.
 */
export const applyPolicy: Verb<PolicyApplication> = async (ctx, input) => {
  const parsed = applyPolicyInput.safeParse(input)
  const denied = await findDenial(ctx, action)
  // The target is read before the transaction, so that ours never stays open while theirs answers.
  const fitting = denied || !parsed.success ? null : await matchLiveSchema(ctx, parsed.data)

  return defineVerb<ApplyPolicyInput, PolicyApplication>({
    action,
    input: applyPolicyInput,
    async act({ tx, actorText }, { name, reason }) {
      if (!fitting) throw new Error('unreachable: the verb refuses before it acts')
      if (!fitting.ok) return fitting
      const { target, document, warnings } = fitting.value
      const current = await getPolicy(tx, target.id)
      const changed = !isDeepStrictEqual(current.document, document)
      const version = changed ? current.version + 1 : current.version
      const appliedBy = changed ? actorText : current.appliedBy
      // The unique version makes of two that apply at once one fail, instead of one silently winning.
      if (changed) await tx.insert(policies).values({ targetId: target.id, version, document, appliedBy })
      return {
        value: { targetId: target.id, version, appliedBy, document, changed, warnings },
        audit: {
          subject: `policy:${name}/${version}`,
          target: name,
          ...(reason ? { reason } : {}),
          detail: { version, changed },
        },
        changed: ['targets'],
      }
    },
  })(ctx, input)
}

async function matchLiveSchema(ctx: Ctx, { name, document }: ApplyPolicyInput): Promise<Outcome<Fitting>> {
  const target = await findTargetByName(ctx.db, name)
  if (!target) {
    return refuse(
      'target-not-found',
      `There is no target “${name}”.`,
      'List them with: holdfast targets list',
    )
  }
  const parsed = policySchema.safeParse(document)
  if (!parsed.success) {
    const issues = parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }))
    const told = issues.slice(0, 5).map(({ path, message }) => `${path || 'document'}: ${message}`)
    return refuse(
      'invalid-input',
      `The policy is not valid. ${told.join('; ')}`,
      `See a valid one with: holdfast policy show ${name}`,
      issues,
    )
  }
  const policy = parsed.data
  if (!ctx.keys) {
    return refuse(
      'key-not-here',
      'This process may not look at a target, so it cannot check the policy against it.',
      `Apply it on the host: holdfast policy apply ${name} FILE`,
    )
  }
  return withTarget(ctx, target.id, 'watch', { purpose: 'check policy' }, async ({ sql }) => {
    const tables = await listTables(sql)
    const problems = [
      ...findPolicyProblems(policy, tables, await listRelations(sql)),
      ...(await findSqlProblems(sql, policy)),
    ]
    if (problems.length > 0) {
      return refuse(
        'policy-mismatch',
        formatProblems(problems),
        `A fitting one is proposed by: holdfast policy suggest ${name}`,
        problems,
      )
    }
    const keyless = pickTables(tables, protectedTables(policy)).filter((table) => table.key === null)
    const warnings = keyless.map(
      (table) =>
        `${formatTable(table)} has no primary key: its lost rows are found by whole content only. Add one.`,
    )
    return done({ target, document: policy, warnings })
  })
}
