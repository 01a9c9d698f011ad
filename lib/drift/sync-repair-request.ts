import { z } from 'zod'
import { restoreRequestInput } from '#lib/restores/input.ts'

/**
 * What a repair asks for: a restore into place whose source is the master. Rows that are missing come, changed ones get the
 * master's values; rows that only the target has are deleted where `rows` says `all`, and stay otherwise.
 */
export const syncRepairRequest = z
  .preprocess(
    (value) =>
      typeof value === 'object' && value !== null ? { rows: 'changed', into: 'place', ...value } : value,
    restoreRequestInput,
  )
  .refine(({ source }) => source.kind === 'target', {
    error: 'a repair takes its rows from another target',
    path: ['source'],
  })
  .refine(({ into }) => into === 'place', {
    error: 'a repair goes into the tables themselves; to look first, plan it',
    path: ['into'],
  })
