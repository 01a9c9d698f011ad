import { z } from 'zod'
import { requestJob } from '#lib/jobs/request-job.ts'
import { controlTargetName } from '#lib/targets/control-target.ts'
import { findTargetByName } from '#lib/targets/queries.ts'
import { defineVerb } from '#lib/verb.ts'

const requestKitTestInput = z.strictObject({})

/** Files a test of the recovery kit; a worker opens the archives. At the terminal the key given there must be the worker's. Each call tests again. */
export const requestKitTest = defineVerb({
  action: 'kit.test',
  input: requestKitTestInput,
  async act({ tx, ctx }) {
    const control = await findTargetByName(tx, controlTargetName)
    const jobRunId = await requestJob(ctx, tx, {
      kind: 'kit.test',
      targetId: control?.id ?? null,
      payload: ctx.keys ? { keyId: ctx.keys.keyId } : {},
    })
    return {
      value: { jobRunId },
      audit: ctx.actor.kind === 'worker' ? null : { detail: { jobRunId } },
      changed: ['jobs'],
    }
  },
})
