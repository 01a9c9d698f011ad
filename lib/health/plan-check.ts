import { AppError } from '#lib/errors.ts'
import type { ImpossibleCheck, PlannedCheck } from '#lib/health/types.ts'

type Base = Pick<PlannedCheck, 'check' | 'area' | 'title'>

/** Plans a check; when what it is about is not in the database, it stays on the list as one that cannot run. */
export function planCheck(
  base: Base,
  targetName: string,
  make: () => Omit<PlannedCheck, keyof Base>,
): PlannedCheck | ImpossibleCheck {
  try {
    return { ...base, ...make() }
  } catch (error) {
    if (!(error instanceof AppError) || error.kind !== 'not-found') throw error
    return {
      ...base,
      impossible: error.message,
      remedy: `Restore it, or correct the policy if it is gone on purpose: holdfast policy show ${targetName}`,
    }
  }
}
