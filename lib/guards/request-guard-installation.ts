import { fileGuardJob } from '#lib/guards/file-guard-job.ts'
import { guardTarget } from '#lib/guards/input.ts'
import { defineVerb } from '#lib/verb.ts'

/** Files the installation of a target's guards as its policy asks for (lib/guards/install-guards.ts does it). Safe to repeat. */
export const requestGuardInstallation = defineVerb({
  action: 'guards.install',
  input: guardTarget,
  act: ({ tx, ctx }, { target }) => fileGuardJob(ctx, tx, 'guards.install', target),
})
