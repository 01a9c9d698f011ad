import type { Command } from 'commander'
import { addCommand, type CommandOptions, type Door, doJob, requireDone } from '#cli/command.ts'
import { colors, paintState, table } from '#cli/output.ts'
import { showPlan, withKind } from '#cli/plan-operation.ts'
import { AppError } from '#lib/errors.ts'
import { type ListedPermit, listPermits } from '#lib/guards/permit-queries.ts'
import { requestPermit } from '#lib/guards/request-permit.ts'
import { requestPermitWithdrawal } from '#lib/guards/request-permit-withdrawal.ts'
import { watchPermits } from '#lib/guards/watch-permits.ts'
import { resolveOperationId } from '#lib/operations/queries.ts'
import { getTargetByName } from '#lib/targets/queries.ts'

function readCount(options: CommandOptions, flag: 'maxRows' | 'minutes', name: string): number {
  const text = options[flag]
  if (typeof text !== 'string' || !/^\d+$/.test(text)) {
    throw new AppError('usage', `Give ${name} as a whole number.`, {
      kind: 'invalid',
      hint: 'holdfast permits request NAME --table T --max-rows N --minutes M --reason R',
    })
  }
  return Number(text)
}

async function request(door: Door, [name]: string[], options: CommandOptions) {
  const target = await getTargetByName(door.ctx.db, name!)
  const requested = requireDone(
    await requestPermit(door.ctx, {
      targetId: target.id,
      reason: options.reason ?? '',
      ...(typeof options.incident === 'string' ? { incidentId: options.incident } : {}),
      request: {
        table: options.table ?? '',
        act: options.act,
        role: options.role ?? null,
        maxRows: readCount(options, 'maxRows', '--max-rows'),
        minutes: readCount(options, 'minutes', '--minutes'),
        predicate: options.where ?? null,
      },
    }),
  )
  const shown = await showPlan(door, requested)
  return {
    ...shown,
    text: `${shown.text}\nThe statement that uses it is in, once it ran: holdfast permits list ${name}`,
  }
}

function permitLines(permit: ListedPermit): string[] {
  const until = permit.expiresAt === null ? '' : `, until ${permit.expiresAt.toISOString()}`
  const used =
    permit.usedRows === null
      ? ''
      : `, ${permit.usedRows} used${permit.usedAt ? ` at ${permit.usedAt.toISOString()}` : ''}${permit.usedBy ? ` by ${permit.usedBy}` : ''}`
  return [
    `${colors.bold(permit.id)}  ${paintState(permit.state)}${until}${used}`,
    ...(permit.predicate ? [`  where ${permit.predicate}`] : []),
    ...(permit.statement ? [`  ${permit.statement}`] : []),
  ]
}

async function list({ ctx }: Door, [name]: string[]) {
  const target = await getTargetByName(ctx.db, name!)
  await watchPermits(ctx, target.id)
  const permits = await listPermits(ctx.db, target.id, ctx.actor)
  return {
    json: { target: name, permits },
    text:
      permits.length === 0
        ? 'No permit was asked for so far.'
        : [
            table(
              ['permit', 'state', 'table', 'act', 'role', 'rows', 'minutes', 'requested by', 'approved by'],
              permits.map((permit) => [
                permit.id.slice(0, 8),
                paintState(permit.state),
                permit.table,
                permit.act,
                permit.role,
                permit.maxRows,
                permit.minutes,
                permit.requestedBy,
                permit.approvedBy,
              ]),
            ),
            ...permits
              .filter((permit) => permit.expiresAt !== null)
              .flatMap((permit) => ['', ...permitLines(permit)]),
          ].join('\n'),
  }
}

async function withdraw(door: Door, [id]: string[]) {
  const permitId = await resolveOperationId(door.ctx.db, id!)
  const { jobRunId } = requireDone(await requestPermitWithdrawal(door.ctx, { permitId }))
  const run = await doJob(door, jobRunId).catch((error: unknown) => {
    throw withKind(error)
  })
  return { json: run.result, text: `Withdrawn; nobody can open permit ${permitId} any more.` }
}

/** `holdfast permits …`: approved exceptions from the budgets, each for one role, once, and not for long. */
export function addPermitsCommands(program: Command): void {
  const permits = program
    .command('permits')
    .description('let one role go beyond a table’s budget once, with approval')

  addCommand(permits, {
    usage: 'request <target>',
    about:
      'ask for a permit: plan it and file it for approval. A job that does this every night needs none: give its role a budget of its own (protectedTables[].roles in the policy)',
    options: [
      ['--table <table>', 'the protected table'],
      ['--max-rows <number>', 'how many rows it may take in all'],
      ['--minutes <number>', 'how long it stays open, from the run'],
      ['--role <name>', 'the database role that may use it; default: the one the target was registered with'],
      ['--act <act>', 'delete or update', 'delete'],
      ['--where <expression>', 'what must hold for every row: one expression over columns of the table'],
      ['--incident <id>', 'the incident that this belongs to'],
      ['--reason <text>', 'why; kept in the record'],
    ],
    run: request,
  })
  addCommand(permits, {
    usage: 'list <target>',
    about: 'each permit with its state; for open ones the statement that uses it, to who asked or approved',
    run: list,
  })
  addCommand(permits, {
    usage: 'withdraw <id>',
    about: 'end an open permit before its time',
    run: withdraw,
  })
}
