import { z } from 'zod'
import type { Ctx } from '#lib/context.ts'
import { refuse } from '#lib/errors.ts'
import { changeProtection } from '#lib/guards/change-protection.ts'
import { listWeakenings } from '#lib/guards/list-weakenings.ts'
import { requestPolicyWeakening } from '#lib/guards/request-policy-weakening.ts'
import { requestJob } from '#lib/jobs/request-job.ts'
import { reasonInput } from '#lib/operations/input.ts'
import { targetName } from '#lib/targets/input.ts'
import { isProduction } from '#lib/targets/is-production.ts'
import { type Policy, policySchema } from '#lib/targets/policy.ts'
import { findTargetByName, getPolicy } from '#lib/targets/queries.ts'
import { refuseUnknownTarget } from '#lib/targets/refuse-unknown-target.ts'
import { defineVerb, type Verb } from '#lib/verb.ts'

export const protectionEntry = policySchema.shape.protectedTables.unwrap().element

const requestProtectionChangeInput = z.strictObject({
  target: targetName,
  /** The version of the policy that the person looked at. */
  version: z.number().int(),
  entry: protectionEntry,
  reason: reasonInput,
})

type RequestProtectionChangeInput = z.output<typeof requestProtectionChangeInput>

export interface RequestedProtectionChange {
  /** What checks it against the live schema, and puts it in force. */
  jobRunId: string
  /** Where it protects less on production: what another person approves. */
  operationId: string | null
}

const policyMoved = (version: number) =>
  refuse(
    'policy-moved',
    `Version ${version} of the policy was put in force meanwhile.`,
    'Look at the budget as it is now, and change it again.',
  )

/**
 * Asks for another protection of one table, from a process that may not open targets: the worker checks it against the
 * live schema and puts it in force as the person who asked. Where it protects less on production, it becomes an
 * operation that another person approves. Each call asks again; what is in force already makes no new version.
 */
export const requestProtectionChange: Verb<RequestedProtectionChange> = async (ctx, input) => {
  const parsed = requestProtectionChangeInput.safeParse(input)
  const weakening = parsed.success ? await findWeakening(ctx, parsed.data) : null
  if (weakening && parsed.success) {
    const { targetId, document } = weakening
    return requestPolicyWeakening(ctx, { targetId, reason: parsed.data.reason, request: { document } })
  }
  return fileChange(ctx, input)
}

/** The changed policy, where it takes a second person. */
async function findWeakening(
  ctx: Ctx,
  { target: name, version, entry }: RequestProtectionChangeInput,
): Promise<{ targetId: string; document: Policy } | null> {
  const target = await findTargetByName(ctx.db, name)
  if (!target || !(await isProduction(ctx.db, target))) return null
  const current = await getPolicy(ctx.db, target.id)
  if (current.version !== version) return null
  const document = changeProtection(current.document, entry)
  return listWeakenings(current.document, document).length > 0 ? { targetId: target.id, document } : null
}

const fileChange = defineVerb<RequestProtectionChangeInput, RequestedProtectionChange>({
  action: 'policy.apply',
  input: requestProtectionChangeInput,
  async act({ tx, ctx, actor }, { target: name, version, entry, reason }) {
    const target = await findTargetByName(tx, name)
    if (!target) return refuseUnknownTarget(name)
    const current = await getPolicy(tx, target.id)
    if (current.version !== version) return policyMoved(current.version)
    if (actor.kind !== 'user') {
      return refuse('forbidden', 'Only a person asks on the page.', 'At the host: holdfast policy apply')
    }
    const jobRunId = await requestJob(ctx, tx, {
      kind: 'policy.apply',
      targetId: target.id,
      payload: { entry, version, reason, userId: actor.userId, sessionId: actor.sessionId },
    })
    return {
      value: { jobRunId, operationId: null },
      audit: { subject: `target:${name}`, target: name, reason, detail: { entry, version, jobRunId } },
      changed: ['jobs'],
    }
  },
})
