import { type Refusal, refuse } from '#lib/errors.ts'
import { type Policy, policySchema } from '#lib/targets/policy.ts'
import type { Target } from '#lib/targets/types.ts'

/** The name under which Holdfast protects its own database. No other target may have it. */
export const controlTargetName = 'holdfast-control'

/**
 * What every verb says that would write to Holdfast's own database as to a target, or null for any other target: a
 * restore over the records that it is run from could not be recorded, and guards would stand in Holdfast's own way.
 */
export const refuseControlTarget = (
  target: Pick<Target, 'kind' | 'name'>,
  what: string,
): { ok: false; refusal: Refusal } | null =>
  target.kind === 'control'
    ? refuse(
        'target-is-control',
        `“${target.name}” is Holdfast’s own database: it is archived, drilled and checked, but ${what}.`,
        'It is brought back as a whole, into an empty database: holdfast restores from-store STORE --control',
      )
    : null

/** The policy that Holdfast's own database starts with. Its archive and health may be changed, its protection may not. */
export const controlPolicy = (): Policy =>
  policySchema.parse({
    // A day for the archive and a week for its proof, each with room for the work itself.
    objectives: { exposureMinutes: 26 * 60, recoveryMinutes: 30, proofHours: 8 * 24 },
    schedules: { health: '*/15 * * * *', archive: '40 1 * * *', drill: '10 4 * * 0' },
  })
