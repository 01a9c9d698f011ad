import type { Command } from 'commander'
import { addCommand, type CommandResult } from '#cli/command.ts'
import { findingText } from '#cli/finding-text.ts'
import { paintState, table } from '#cli/output.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { AppError, notFound } from '#lib/errors.ts'
import { printable } from '#lib/format/printable.ts'
import { type HistoryBucket, planHistory, readHistory } from '#lib/health/history.ts'
import { type ListedCheck, listChecks } from '#lib/health/list-checks.ts'
import { listStates, listTurns } from '#lib/health/queries.ts'
import { areas } from '#lib/health/types.ts'
import { getTargetByName } from '#lib/targets/queries.ts'
import type { Target } from '#lib/targets/types.ts'

const howOften = ({ source, everyMinutes }: ListedCheck): string => {
  if (source === 'nothing') return 'cannot run'
  return everyMinutes === null ? 'every run' : `every ${everyMinutes} min`
}

const sourceWords = { target: 'SQL', 'own-records': 'own records', nothing: '–' }

function checksText(checks: readonly ListedCheck[], withSql: boolean): string {
  const impossible = checks.filter((check) => check.impossible !== null)
  return [
    table(
      ['check', 'asks', 'how often', 'title'],
      checks.map((check) => [check.check, sourceWords[check.source], howOften(check), check.title]),
    ),
    ...impossible.map(
      ({ check, impossible, remedy }) => `\n${check} cannot run: ${impossible}\n  → ${remedy}`,
    ),
    ...(withSql
      ? checks.flatMap(({ check, statement }) => (statement ? [`\n-- ${check}\n${statement};`] : []))
      : []),
    `\n${checks.length} checks.${withSql ? '' : ' Their SQL: --sql.'}`,
  ].join('\n')
}

/** One word for all runs of a bucket: the worst. */
const statusOf = ({ runs, unhealthy, noData }: HistoryBucket): string =>
  runs === 0 ? 'not run' : unhealthy > 0 ? 'unhealthy' : noData > 0 ? 'no-data' : 'healthy'

const span = ({ lowest, highest }: HistoryBucket): string | null => {
  if (lowest === null || highest === null) return null
  const short = (value: number): string => String(Number(value.toFixed(3)))
  return lowest === highest ? short(lowest) : `${short(lowest)} … ${short(highest)}`
}

async function showAll(db: DbOrTx, target: Target): Promise<CommandResult> {
  const states = await listStates(db, target.id)
  if (states.length === 0) {
    return {
      json: { states },
      text: `Nobody has looked at ${target.name} yet. Look now: holdfast health run ${target.name}`,
    }
  }
  const rows = states.map((state) => [
    state.check,
    paintState(state.status),
    state.status === 'healthy' ? null : state.severity,
    state.since.toISOString(),
    state.checkedAt.toISOString(),
    printable(state.details),
  ])
  return {
    json: { states },
    text: table(['check', 'status', 'severity', 'since', 'checked', 'details'], rows),
  }
}

async function showOne(db: DbOrTx, target: Target, check: string, hours: number): Promise<CommandResult> {
  const state = (await listStates(db, target.id)).find((each) => each.check === check)
  if (!state)
    throw notFound('check', check, `List those of ${target.name} with: holdfast health show ${target.name}`)
  const now = new Date()
  const from = new Date(now.getTime() - hours * 3_600_000)
  const plan = planHistory({ from, until: now, points: 24, now })
  const history = await readHistory(db, target.id, check, plan)
  const turns = await listTurns(db, target.id, { check, limit: 10 })
  const text = [
    `${paintState(state.status)} since ${state.since.toISOString()}, checked ${state.checkedAt.toISOString()}`,
    findingText(state, 20),
    `\nThe last ${hours} h:`,
    table(
      ['from', 'status', 'runs', 'measured'],
      history.map((bucket) => [
        bucket.at.toISOString(),
        paintState(statusOf(bucket)),
        bucket.runs,
        span(bucket),
      ]),
    ),
    '\nIts newest turns:',
    table(
      ['at', 'from', 'to', 'severity', 'details'],
      turns.map((turn) => [
        turn.at.toISOString(),
        turn.statusBefore,
        paintState(turn.status),
        turn.severity,
        printable(turn.details),
      ]),
    ),
    ...(state.statement ? [`\nIts SQL:\n${state.statement};`] : []),
  ]
  return { json: { state, stepMs: plan.stepMs, history, turns }, text: text.join('\n') }
}

function toHours(text: string | boolean | undefined): number {
  const hours = Number(text)
  if (Number.isFinite(hours) && hours > 0 && hours <= 24 * 400) return hours
  throw new AppError('hours-not-a-number', 'hours is a number of hours, at most 9600.', { kind: 'invalid' })
}

export function addHealthReadCommands(health: Command): void {
  addCommand(health, {
    usage: 'checks <target>',
    about: 'what is checked, how often and with which SQL; runs none of it',
    options: [
      ['--area <area>', `only one area: ${areas.join(', ')}`],
      ['--sql', 'with the SQL of each'],
    ],
    async run({ ctx }, [name], { area, sql }) {
      const target = await getTargetByName(ctx.db, name!)
      if (area !== undefined && !areas.some((each) => each === area))
        throw notFound('area', String(area), `The areas are: ${areas.join(', ')}`)
      const checks = (await listChecks(ctx, target)).filter(
        (check) => area === undefined || check.area === area,
      )
      return { json: { checks }, text: checksText(checks, sql === true) }
    },
  })

  addCommand(health, {
    usage: 'show <target>',
    about: 'the newest finding of every check, or the history of one',
    options: [
      ['--check <check>', 'one check, with its history, turns and SQL'],
      ['--hours <n>', 'how far the history goes back', '24'],
    ],
    async run({ ctx }, [name], { check, hours }) {
      const target = await getTargetByName(ctx.db, name!)
      return typeof check === 'string'
        ? showOne(ctx.db, target, check, toHours(hours))
        : showAll(ctx.db, target)
    },
  })
}
