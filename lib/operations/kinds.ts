import { AppError } from '#lib/errors.ts'
import type { OperationKind } from '#lib/operations/types.ts'

/** The kinds of guarded acts that the process knows. The worker lists them; this room never imports a domain's. */
export type OperationKinds = readonly OperationKind[]

/** The kind of this name. Throws AppError `operation-kind-unknown`. */
export function getKind(kinds: OperationKinds, name: string): OperationKind {
  const kind = kinds.find((candidate) => candidate.kind === name)
  if (!kind) {
    throw new AppError('operation-kind-unknown', `This Holdfast cannot do operations of kind “${name}”.`, {
      hint: 'It was requested by another version.',
    })
  }
  return kind
}
