import { AppError } from '#lib/errors.ts'
import type { ImpossibleCheck, PlannedCheck } from '#lib/health/types.ts'
import type { Table } from '#lib/targets/types.ts'

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

const megabyte = 1024 * 1024

/** Reading this much each minute would cost the target more than watching may. */
const largeBytes = 64 * megabyte
const leisurelyMinutes = 15

/** How often a check that reads whole tables runs by itself: large ones less often. */
export const atLeisure = (...read: Table[]): { everyMinutes?: number } =>
  read.reduce((bytes, { sizeBytes }) => bytes + sizeBytes, 0) > largeBytes
    ? { everyMinutes: leisurelyMinutes }
    : {}
