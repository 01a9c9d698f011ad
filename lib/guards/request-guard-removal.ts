import { mayBreakGlass } from '#lib/auth/break-glass.ts'
import { findDenial } from '#lib/auth/find-denial.ts'
import { refuse } from '#lib/errors.ts'
import { recordBrokenGlass } from '#lib/guards/break-glass.ts'
import { fileGuardJob } from '#lib/guards/file-guard-job.ts'
import { guardRemovalRequest } from '#lib/guards/guard-removal-request.ts'
import { guardRemovalInput } from '#lib/guards/input.ts'
import { requestOperation } from '#lib/operations/request-operation.ts'
import { isProduction } from '#lib/targets/is-production.ts'
import { findTargetByName } from '#lib/targets/queries.ts'
import { defineVerb, type Verb } from '#lib/verb.ts'

export interface RequestedGuardRemoval {
  targetId: string
  /** The job that removes the guards; that plans the operation, where one was filed. */
  jobRunId: string
  /** On production another person has to approve this one. Null: the removal is under way. */
  operationId: string | null
  /** One person went ahead alone, because no other one exists. */
  brokeGlass: boolean
}

const definition = { action: 'guards.remove', input: guardRemovalInput } as const

/** The removal that needs nobody else; asked again inside the transaction, whoever calls. */
const removeAtOnce = (brokeGlass: boolean): Verb<RequestedGuardRemoval> =>
  defineVerb({
    ...definition,
    async act({ tx, ctx, actor }, { target: name }) {
      const target = await findTargetByName(tx, name)
      if (target && (await isProduction(tx, target)) && !(await mayBreakGlass(tx, actor))) {
        return refuse('second-person-needed', 'Taking the guards off a production target takes two persons.')
      }
      const filed = await fileGuardJob(ctx, tx, 'guards.remove', name)
      return 'refusal' in filed
        ? filed
        : { ...filed, value: { ...filed.value, operationId: null, brokeGlass } }
    },
  })

/**
 * Files the removal of every guard from a target (lib/guards/remove-guards.ts does it); the journals go with them. Nobody
 * takes them off production alone: there it files an operation that another person approves. Safe to repeat.
 */
export const requestGuardRemoval: Verb<RequestedGuardRemoval> = async (ctx, input) => {
  const parsed = guardRemovalInput.safeParse(input)
  const target = parsed.success ? await findTargetByName(ctx.db, parsed.data.target) : null
  const denial = await findDenial(ctx, definition.action)
  if (denial || !target || !(await isProduction(ctx.db, target))) return removeAtOnce(false)(ctx, input)

  const reason = parsed.data?.reason
  if (await mayBreakGlass(ctx.db, ctx.actor)) {
    const losses = [`Every guard and journal is taken out of ${target.name}.`]
    await recordBrokenGlass(ctx, target, { act: 'guards.remove', losses, reason })
    return removeAtOnce(true)(ctx, input)
  }
  const filed = await requestOperation(ctx, guardRemovalRequest, {
    targetId: target.id,
    reason: reason ?? `Take every guard out of ${target.name}.`,
    request: {},
  })
  if (!filed.ok) return filed
  return { ok: true, value: { targetId: target.id, ...filed.value, brokeGlass: false } }
}
