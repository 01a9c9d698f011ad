import { isDeepStrictEqual } from 'node:util'
import { policies } from '#drizzle/schema/targets.ts'
import { mayBreakGlass } from '#lib/auth/break-glass.ts'
import { findDenial } from '#lib/auth/find-denial.ts'
import type { Ctx } from '#lib/context.ts'
import type { Tx } from '#lib/db/client.ts'
import { done, type Outcome, refuse } from '#lib/errors.ts'
import { recordBrokenGlass } from '#lib/guards/break-glass.ts'
import { listWeakenings } from '#lib/guards/list-weakenings.ts'
import { formatTable } from '#lib/sql/identifier.ts'
import { findPolicyProblems, formatProblems } from '#lib/targets/check-policy.ts'
import { findMirrorProblems } from '#lib/targets/check-policy-mirrors.ts'
import { findSqlProblems } from '#lib/targets/check-policy-sql.ts'
import { findStoreProblems } from '#lib/targets/check-policy-stores.ts'
import { refuseControlTarget } from '#lib/targets/control-target.ts'
import { type ApplyPolicyInput, applyPolicyInput } from '#lib/targets/input.ts'
import { listRelations, listTables, pickTables } from '#lib/targets/introspect.ts'
import { isProduction } from '#lib/targets/is-production.ts'
import { withTarget } from '#lib/targets/open-target.ts'
import { type Policy, policySchema, protectedTables } from '#lib/targets/policy.ts'
import { type AppliedPolicy, findTargetByName, getPolicy } from '#lib/targets/queries.ts'
import { refuseUnknownTarget } from '#lib/targets/refuse-unknown-target.ts'
import type { Target } from '#lib/targets/types.ts'
import { defineVerb, type Verb } from '#lib/verb.ts'

export interface PolicyApplication extends Omit<AppliedPolicy, 'appliedAt'> {
  targetId: string
  /** False when the document is the one already in force. */
  changed: boolean
  warnings: string[]
  /** It protects less than before, and one person went ahead alone, because no other one exists. */
  brokeGlass: boolean
}

interface Fitting {
  target: Target
  document: Policy
  warnings: string[]
}

const action = 'policy.apply'

const needsSecondPerson = (name: string, weakenings: string[]) =>
  refuse(
    'second-person-needed',
    `This weakens what protects ${name}, which takes two persons on production. ${weakenings.join(' ')}`,
    `File it for approval on the host: holdfast policy apply ${name} FILE`,
    weakenings,
  )

/** Where nobody else could approve, the operator at the host goes ahead alone, and that is recorded first. */
async function breakGlass(ctx: Ctx, { target, document }: Fitting, reason?: string): Promise<boolean> {
  if (!(await isProduction(ctx.db, target)) || !(await mayBreakGlass(ctx.db, ctx.actor))) return false
  const { document: current } = await getPolicy(ctx.db, target.id)
  const losses = listWeakenings(current, document)
  if (losses.length === 0) return false
  await recordBrokenGlass(ctx, target, { act: 'policy.apply', losses, reason })
  return true
}

/** Puts a checked document in force. The document already in force makes no new version. */
export async function putPolicy(
  tx: Tx,
  targetId: string,
  document: Policy,
  by: string,
): Promise<{ version: number; appliedBy: string; changed: boolean }> {
  const current = await getPolicy(tx, targetId)
  if (isDeepStrictEqual(current.document, document)) {
    return { version: current.version, appliedBy: current.appliedBy, changed: false }
  }
  const version = current.version + 1
  // The unique version makes of two that apply at once one fail, instead of one silently winning.
  await tx.insert(policies).values({ targetId, version, document, appliedBy: by })
  return { version, appliedBy: by, changed: true }
}

/**
 * Puts a new version of a target's policy in force after checking it against the live schema. On production it refuses
 * what protects less than before: that takes a second person (lib/guards/request-policy-weakening.ts).
 * Safe to repeat: the document already in force makes no new version.
 */
export const applyPolicy: Verb<PolicyApplication> = async (ctx, input) => {
  const parsed = applyPolicyInput.safeParse(input)
  const denied = await findDenial(ctx, action)
  // The target is read before the transaction, so that ours never stays open while theirs answers.
  const fitting = denied || !parsed.success ? null : await matchLiveSchema(ctx, parsed.data)
  const brokeGlass = fitting?.ok ? await breakGlass(ctx, fitting.value, parsed.data?.reason) : false

  return defineVerb<ApplyPolicyInput, PolicyApplication>({
    action,
    input: applyPolicyInput,
    async act({ tx, actorText }, { name, reason }) {
      if (!fitting) throw new Error('unreachable: the verb refuses before it acts')
      if (!fitting.ok) return fitting
      const { target, document, warnings } = fitting.value
      const current = await getPolicy(tx, target.id)
      const weakenings = (await isProduction(tx, target)) ? listWeakenings(current.document, document) : []
      if (weakenings.length > 0 && !brokeGlass) return needsSecondPerson(name, weakenings)
      const applied = await putPolicy(tx, target.id, document, actorText)
      const { version, changed } = applied
      return {
        value: { targetId: target.id, ...applied, document, warnings, brokeGlass },
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

/** Checks a document against the schema that is live now. */
export async function matchLiveSchema(
  ctx: Ctx,
  { name, document }: ApplyPolicyInput,
): Promise<Outcome<Fitting>> {
  const target = await findTargetByName(ctx.db, name)
  if (!target) return refuseUnknownTarget(name)
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
  const protects = policy.protectedTables.length + policy.agents.length + policy.memberships.length > 0
  const controlRefusal = protects ? refuseControlTarget(target, 'guards protect nothing in it') : null
  if (controlRefusal) return controlRefusal
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
      ...(await findStoreProblems(ctx.db, policy)),
      ...(await findMirrorProblems(ctx.db, policy, target.name)),
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
