import { z } from 'zod'
import { reasonInput } from '#lib/operations/input.ts'

export const undoModes = ['changed', 'all'] as const
/** What becomes of rows that somebody changed after the operation: they stay, or they go back too. */
export type UndoMode = (typeof undoModes)[number]

/** What an operation of kind undo keeps as its request. */
export const undoRequestInput = z.strictObject({
  source: z.strictObject({ kind: z.literal('operation'), operationId: z.uuid() }),
  /** Rows that somebody changed after the operation stay as they are, or go back too. */
  rows: z.enum(undoModes).default('changed'),
})

export type UndoRequest = z.output<typeof undoRequestInput>

/** What a person says who wants an operation undone. */
export const requestUndoInput = z.strictObject({
  operationId: z.uuid(),
  reason: reasonInput,
  rows: z.enum(undoModes).default('changed'),
})
