import type { Ctx } from '#lib/context.ts'
import type { Outcome } from '#lib/errors.ts'
import { type RequestedOperation, requestOperation } from '#lib/operations/request-operation.ts'
import { databaseRestoreInput } from '#lib/restores/database/database-types.ts'

/**
 * Files the restore of a whole database beside the live one, and the job that plans it; nothing is made until it is approved
 * and run. Each call files another one.
 */
export const requestDatabaseRestore = (ctx: Ctx, input: unknown): Promise<Outcome<RequestedOperation>> =>
  requestOperation(ctx, { kind: 'database-restore', request: databaseRestoreInput }, input)
