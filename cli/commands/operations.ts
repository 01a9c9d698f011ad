import { createInterface } from 'node:readline/promises'
import type { Command } from 'commander'
import { addCommand, type CommandResult, type Door, doJob, requireDone } from '#cli/command.ts'
import { addOperationsUndo } from '#cli/commands/operations-undo.ts'
import { colors, paintState, table } from '#cli/output.ts'
import { copyLines, planLines } from '#cli/plan-text.ts'
import { standingLines } from '#cli/standing-text.ts'
import { proveStepUp } from '#lib/auth/prove-step-up.ts'
import { AppError } from '#lib/errors.ts'
import { formatDuration } from '#lib/format/format-duration.ts'
import { approveOperation } from '#lib/operations/approve-operation.ts'
import { shortFingerprint, stepUpSubject } from '#lib/operations/bound-to.ts'
import { breakGlassOperation } from '#lib/operations/break-glass-operation.ts'
import { cancelOperation } from '#lib/operations/cancel-operation.ts'
import {
  getOperation,
  listOperations,
  type OperationDetails,
  type OperationListing,
  resolveOperationId,
} from '#lib/operations/queries.ts'
import { refuseOperation } from '#lib/operations/refuse-operation.ts'
import { requestOperationRun } from '#lib/operations/request-operation-run.ts'
import { describeState } from '#lib/operations/state-words.ts'
import type { RecoveryResult } from '#lib/recovery/types.ts'
import { getTargetByName } from '#lib/targets/queries.ts'

/** An operation as `--json` shows it, everywhere. */
export function operationToJson(operation: OperationDetails) {
  const { summary, planJob, runJob, events, targetName, ...rest } = operation
  return {
    ...rest,
    target: targetName,
    /** How it stands, where the status alone would mislead. */
    standing: describeState(operation, new Date()),
    phases: (runJob ?? planJob)?.phases ?? [],
    tables: summary?.tables ?? [],
    statements: summary?.statements ?? [],
    warnings: summary?.warnings ?? [],
    locks: summary?.locks ?? [],
    notCovered: summary?.notCovered ?? [],
    estimateMs: summary?.estimateMs ?? null,
    events,
  }
}

const listingToJson = ({ targetName, ...rest }: OperationListing) => ({ ...rest, target: targetName })

/** An operation as people read it. */
export function operationToText(operation: OperationDetails): string {
  const { summary, fingerprint, error } = operation
  const lines = [
    `${colors.bold(operation.sentence ?? operation.kind)}  ${paintState(operation.status)}`,
    `id           ${operation.id}`,
    `target       ${operation.targetName} (${operation.environment})`,
    `reason       ${operation.reason}`,
    `requested by ${operation.requestedBy}`,
    `approved by  ${operation.approvedBy ?? (operation.needsApproval ? '–' : 'not needed')}`,
    ...waitedLine(operation),
    `fingerprint  ${fingerprint ? `${shortFingerprint(fingerprint)}  (${fingerprint})` : '–'}`,
    ...standingLines(operation),
  ]
  if (error)
    lines.push(`${colors.red(error.code)}: ${error.message}${error.hint ? `\nHINT: ${error.hint}` : ''}`)
  for (const warning of summary?.warnings ?? []) lines.push(colors.yellow(`WARNING: ${warning}`))
  if (summary && summary.tables.length > 0) {
    const touched = summary.tables.filter((each) => each.missing + each.changed + each.extra + each.newer > 0)
    const rows = touched.map((each) => [each.table, each.missing, each.changed, each.extra, each.newer])
    if (rows.length > 0) lines.push('', table(['table', 'missing', 'changed', 'extra', 'newer'], rows))
  }
  lines.push(...(operation.status === 'succeeded' ? copyLines(operation.result) : planLines(operation)))
  lines.push(
    '',
    ...operation.events.map(
      (event) => `${event.at.toISOString()}  ${event.status}  ${event.actor}  ${event.note}`,
    ),
  )
  const next = nextStep(operation)
  if (next) lines.push('', next)
  return lines.join('\n')
}

/** How long locked-out people waited, where the operation was about them. */
function waitedLine({ result }: OperationDetails): string[] {
  const { access } = (result ?? {}) as Partial<RecoveryResult>
  return access
    ? [`access       ${access.people} have it, ${formatDuration(access.accessAfterMs)} after the request`]
    : []
}

function nextStep({ id, status, runFrom }: OperationDetails): string | null {
  if (status === 'awaiting-approval')
    return `A second person approves it: holdfast operations approve ${id} --as EMAIL`
  if (status === 'approved' && runFrom && runFrom > new Date()) {
    return `Run it from ${runFrom.toISOString()} on: holdfast operations run ${id}`
  }
  if (status === 'approved') return `Run it: holdfast operations run ${id}`
  return null
}

async function show(door: Door, id: string, exit: CommandResult['exit'] = 0): Promise<CommandResult> {
  const operation = await getOperation(door.ctx.db, id)
  return { json: operationToJson(operation), text: operationToText(operation), exit }
}

/** The password given to `--as` a moment ago is the proof, bound to this one plan. */
async function proveForPlan({ ctx }: Door, operation: OperationDetails): Promise<void> {
  if (ctx.actor.kind !== 'user' || !operation.fingerprint) return
  const boundTo = stepUpSubject(operation.id, operation.fingerprint)
  requireDone(await proveStepUp(ctx, { boundTo }))
}

/** People type the target's name; a script names the operation by its id, which belongs to one target. */
async function askTargetName(door: Door, operation: OperationDetails, given: unknown): Promise<string> {
  if (typeof given === 'string') return given
  if (door.json || !process.stdin.isTTY) return operation.targetName
  door.say(operation.sentence ?? operation.kind)
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return (
      await lines.question(`Type the name of the target (${operation.environment}) to run this: `)
    ).trim()
  } finally {
    lines.close()
  }
}

async function run(door: Door, [text]: string[], options: { target?: unknown }): Promise<CommandResult> {
  const id = await resolveOperationId(door.ctx.db, text!)
  const operation = await getOperation(door.ctx.db, id)
  const targetName = await askTargetName(door, operation, options.target)
  await proveForPlan(door, operation)
  const { jobRunId } = requireDone(
    await requestOperationRun(door.ctx, {
      operationId: id,
      fingerprint: operation.fingerprint ?? '',
      targetName,
    }),
  )
  try {
    await doJob(door, jobRunId)
    return await show(door, id)
  } catch (error) {
    const ended = await getOperation(door.ctx.db, id)
    const refused = ended.status === 'refused' || ended.status === 'approved' || ended.status === 'expired'
    if (ended.status === 'succeeded') return show(door, id)
    if (!(error instanceof AppError)) throw error
    door.say(`${error.message}${error.hint ? `\nHINT: ${error.hint}` : ''}`)
    const shown = await show(door, id, refused ? 3 : 1)
    const { code, message, hint } = ended.error ?? error
    return { ...shown, json: { ...(shown.json as object), error: { code, message, hint } } }
  }
}

/** `holdfast operations …`: guarded acts, from plan to proof. */
export function addOperationsCommands(program: Command): void {
  const operations = program.command('operations').description('guarded acts: plan, approval, run, proof')

  addCommand(operations, {
    usage: 'list [target]',
    about: 'operations, newest first',
    options: [['--status <status>', 'only these: awaiting-approval, approved, running, …']],
    async run({ ctx }, [target], options) {
      const targetId = target ? (await getTargetByName(ctx.db, target)).id : undefined
      const all = await listOperations(ctx.db, { targetId })
      const shown = all.filter(({ status }) => !options.status || options.status === status)
      const rows = shown.map((each) => [
        each.id,
        each.kind,
        each.targetName,
        paintState(each.status),
        each.sentence ?? each.reason,
        each.requestedBy,
        each.approvedBy,
      ])
      const head = ['id', 'kind', 'target', 'status', 'what', 'requested by', 'approved by']
      return {
        json: { operations: shown.map(listingToJson) },
        text: shown.length > 0 ? table(head, rows) : 'No operations.',
      }
    },
  })

  addCommand(operations, {
    usage: 'show <id>',
    about: 'the plan, who asked and approved, what happened',
    async run(door, [id]) {
      return show(door, await resolveOperationId(door.ctx.db, id!))
    },
  })

  addCommand(operations, {
    usage: 'approve <id>',
    about: 'approve exactly this plan, as a second person (needs --as)',
    options: [
      ['--fingerprint <fingerprint>', 'refuse unless the plan has this fingerprint'],
      ['--break-glass', 'in an emergency, as the operator: without a second person; loud, audited first'],
      ['--reason <reason>', 'why the glass is broken'],
    ],
    async run(door, [text], options) {
      const id = await resolveOperationId(door.ctx.db, text!)
      const operation = await getOperation(door.ctx.db, id)
      const fingerprint = options.fingerprint ?? operation.fingerprint ?? ''
      if (options.breakGlass === true) {
        const { reason } = options
        requireDone(await breakGlassOperation(door.ctx, { operationId: id, fingerprint, reason }))
        door.say(
          colors.red('You went ahead alone. It is in the audit, and a critical alert says so for a day.'),
        )
        return show(door, id)
      }
      await proveForPlan(door, operation)
      requireDone(await approveOperation(door.ctx, { operationId: id, fingerprint }))
      return show(door, id)
    },
  })

  addCommand(operations, {
    usage: 'refuse <id>',
    about: 'end it before it begins; one refusal is enough',
    options: [['--reason <reason>', 'why', 'Refused at the terminal']],
    async run(door, [text], options) {
      const id = await resolveOperationId(door.ctx.db, text!)
      requireDone(await refuseOperation(door.ctx, { operationId: id, reason: options.reason }))
      return show(door, id)
    },
  })

  addCommand(operations, {
    usage: 'run <id>',
    about: 'run an approved operation, once, and prove the result',
    options: [['--target <name>', 'the name of the target, typed']],
    run,
  })

  addCommand(operations, {
    usage: 'cancel <id>',
    about: 'take it back; a running one stops without having written anything',
    async run(door, [text]) {
      const id = await resolveOperationId(door.ctx.db, text!)
      requireDone(await cancelOperation(door.ctx, { operationId: id }))
      return show(door, id)
    },
  })

  addOperationsUndo(operations)
}
