import { fileGuardJob } from '#lib/guards/file-guard-job.ts'
import { guardTarget } from '#lib/guards/input.ts'
import { defineVerb } from '#lib/verb.ts'

/** Files a verification of a target's guards (lib/guards/verify-guards.ts does it). Safe to repeat. */
export const requestGuardVerification = defineVerb({
  action: 'guards.verify',
  input: guardTarget,
  act: ({ tx, ctx }, { target }) => fileGuardJob(ctx, tx, 'guards.verify', target),
})
