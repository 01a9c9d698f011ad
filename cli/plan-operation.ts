import { type CommandResult, type Door, doJob } from '#cli/command.ts'
import { operationToText } from '#cli/commands/operations.ts'
import { AppError } from '#lib/errors.ts'
import type { JobRun } from '#lib/jobs/types.ts'
import { getOperation } from '#lib/operations/queries.ts'
import type { RequestedOperation } from '#lib/operations/request-operation.ts'

const invalidCodes = /-expression$|^key-values$/
const notFoundCodes = /-not-found$|^table-not-in-source$/
const refusedCodes =
  /^(backup-|target-other-|target-standby|target-read-only|target-subscriber|membership-|archive-|snapshot-(damaged|gone)|journal-|columns-differ|no-|nobody-|nothing-|reference-cycle|same-|type-missing|user-|organization-|role-|permit-|already-|database-|encoding-|extension-|operation-in-doubt|operation-of-|prepared-|roles-|server-too-old|sessions-|subscription-|disk-full|facts-gone|not-a-)/

/** What the failure of work means to a script: the job keeps the code only. */
export function withKind(error: unknown): unknown {
  if (!(error instanceof AppError)) return error
  const kind = invalidCodes.test(error.code)
    ? 'invalid'
    : notFoundCodes.test(error.code)
      ? 'not-found'
      : refusedCodes.test(error.code)
        ? 'refused'
        : error.kind
  return new AppError(error.code, error.message, { kind, hint: error.hint, cause: error })
}

/** Does a job that only reads: what stops it is a refusal or an absence, told as such. */
export async function doReading(door: Door, jobRunId: string): Promise<JobRun> {
  try {
    return await doJob(door, jobRunId)
  } catch (error) {
    throw withKind(error)
  }
}

/** Waits for a requested operation's plan and shows it, as `restores plan` and `recovery plan` do. */
export async function showPlan(
  door: Door,
  { operationId, jobRunId }: RequestedOperation,
): Promise<CommandResult> {
  await doReading(door, jobRunId)
  const operation = await getOperation(door.ctx.db, operationId)
  const { fingerprint, needsApproval, summary } = operation
  return {
    json: {
      operation: operationId,
      fingerprint,
      status: operation.status,
      sentence: summary?.sentence ?? null,
      tables: summary?.tables ?? [],
      warnings: summary?.warnings ?? [],
      statements: summary?.statements ?? [],
      promisedRows: summary?.promisedRows ?? 0,
      locks: summary?.locks ?? [],
      notCovered: summary?.notCovered ?? [],
      estimateMs: summary?.estimateMs ?? null,
      estimateFrom: summary?.estimateFrom ?? null,
      needsApproval,
    },
    text: operationToText(operation),
  }
}

/** What was filed instead of done, because it takes another person: the plan, how to go on, and exit code 3. */
export async function showNeedsApproval(door: Door, requested: RequestedOperation): Promise<CommandResult> {
  const shown = await showPlan(door, requested)
  const { operation } = shown.json as { operation: string }
  const { targetName: target } = await getOperation(door.ctx.db, operation)
  const hint = `holdfast operations approve ${operation} --as EMAIL, then: holdfast operations run ${operation} --target ${target}`
  return {
    json: { ...(shown.json as object), hint },
    text: `${shown.text}\nNothing is done yet: this takes another person.\nHINT: ${hint}`,
    exit: 3,
  }
}
