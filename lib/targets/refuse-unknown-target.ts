import { type Refusal, refuse } from '#lib/errors.ts'

/** What every verb says that was given a name which no target has. Pure. */
export const refuseUnknownTarget = (name: string): { ok: false; refusal: Refusal } =>
  refuse('target-not-found', `There is no target “${name}”.`, 'List them with: holdfast targets list')
