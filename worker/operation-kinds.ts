import type { OperationKinds } from '#lib/operations/kinds.ts'

/** Every kind of guarded act, each made by its domain. */
export const operationKinds: OperationKinds = []
