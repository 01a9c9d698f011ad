import { z } from 'zod'
import { findDenial } from '#lib/auth/find-denial.ts'
import type { Ctx } from '#lib/context.ts'
import { AppError, type Outcome, refuse } from '#lib/errors.ts'
import { planQuestion } from '#lib/health/checks/custom.ts'
import { runChecks } from '#lib/health/run-checks.ts'
import type { Finding } from '#lib/health/types.ts'
import { admitQuestion } from '#lib/targets/admit-question.ts'
import { identifyTarget } from '#lib/targets/identify-target.ts'
import { targetName } from '#lib/targets/input.ts'
import { withTarget } from '#lib/targets/open-target.ts'
import { sqlCheck } from '#lib/targets/policy-checks.ts'
import { getTargetByName } from '#lib/targets/queries.ts'
import { defineVerb, type Verb } from '#lib/verb.ts'

const action = 'health.try'
const tryCheckInput = z.strictObject({ name: targetName, check: sqlCheck })

/** Runs the check once, as the watch role and within its limits. */
async function ask(ctx: Ctx, { name, check }: z.output<typeof tryCheckInput>): Promise<Outcome<Finding>> {
  const target = await getTargetByName(ctx.db, name)
  return withTarget(
    ctx,
    target.id,
    'watch',
    { purpose: 'try check', lockTimeoutMs: 2_000 },
    async ({ sql }) => {
      try {
        await admitQuestion(sql, check.sql)
      } catch (error) {
        if (!(error instanceof AppError) || error.kind !== 'invalid') throw error
        return refuse(error.code, error.message, error.hint)
      }
      const { roleName } = await identifyTarget(sql)
      const [finding] = await runChecks(sql, [planQuestion(check)], {
        roleName,
        targetName: name,
        signal: AbortSignal.timeout(check.timeoutMs * 2),
        onDone: () => {},
      })
      return { ok: true, value: finding! }
    },
  )
}

/**
 * Runs one SQL check against a target as a health run would, before it goes into the policy. Keeps nothing but the audit
 * entry. Refuses what a policy would refuse. Safe to repeat.
 */
export const tryCheck: Verb<Finding> = async (ctx, input) => {
  const parsed = tryCheckInput.safeParse(input)
  // The target is asked before the transaction, so that ours never stays open while theirs answers.
  const denied = await findDenial(ctx, action)
  const asked = denied || !parsed.success ? null : await ask(ctx, parsed.data)
  return defineVerb<z.output<typeof tryCheckInput>, Finding>({
    action,
    input: tryCheckInput,
    async act(_, { name, check }) {
      if (!asked) throw new Error('unreachable: the verb refuses before it acts')
      if (!asked.ok) return asked
      const { status, affected, measured } = asked.value
      return {
        value: asked.value,
        audit: {
          subject: `check:custom.${check.name}`,
          target: name,
          detail: { sql: check.sql.slice(0, 2_000), status, affected, measured },
        },
        changed: [],
      }
    },
  })(ctx, input)
}
