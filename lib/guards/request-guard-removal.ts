import { fileGuardJob } from '#lib/guards/file-guard-job.ts'
import { guardTarget } from '#lib/guards/input.ts'
import { defineVerb } from '#lib/verb.ts'

/** Files the removal of every guard from a target (lib/guards/remove-guards.ts does it); the journals go with them. Safe to repeat. */
export const requestGuardRemoval = defineVerb({
  action: 'guards.remove',
  input: guardTarget,
  act: ({ tx, ctx }, { target }) => fileGuardJob(ctx, tx, 'guards.remove', target),
})
