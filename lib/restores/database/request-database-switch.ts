import type { Ctx } from '#lib/context.ts'
import type { Outcome } from '#lib/errors.ts'
import { type RequestedOperation, requestOperation } from '#lib/operations/request-operation.ts'
import { databaseSwitchInput } from '#lib/restores/database/database-types.ts'

/**
 * Files the switch of the target's name to a restored database (or `back` to the one before), and the job that plans it;
 * nothing is renamed until it is approved and run. Each call files another one.
 */
export const requestDatabaseSwitch = (ctx: Ctx, input: unknown): Promise<Outcome<RequestedOperation>> =>
  requestOperation(ctx, { kind: 'database-switch', request: databaseSwitchInput }, input)
