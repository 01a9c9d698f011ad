import type { Command } from 'commander'
import { addCommand, requireDone } from '#cli/command.ts'
import { table } from '#cli/output.ts'
import { getUserByEmail } from '#lib/auth/queries.ts'
import { AppError } from '#lib/errors.ts'
import { formatCsv } from '#lib/format/csv.ts'
import { formatDuration } from '#lib/format/format-duration.ts'
import { assignIncident } from '#lib/incidents/assign-incident.ts'
import { listMessageChannels, listToldChannels } from '#lib/incidents/list-told-channels.ts'
import { getIncidentByReference } from '#lib/incidents/queries.ts'
import { rateIncident } from '#lib/incidents/rate-incident.ts'
import { longestMonths, readReport } from '#lib/incidents/reports/read-report.ts'
import type { MonthReport, Spread } from '#lib/incidents/reports/types.ts'
import { tellStakeholders } from '#lib/incidents/tell-stakeholders.ts'
import { tickStep } from '#lib/incidents/tick-step.ts'
import { getTargetByName } from '#lib/targets/queries.ts'

/** `incidents assign|rate|tick|tell|report`. */
export function addWorkCommands(incidents: Command): void {
  addCommand(incidents, {
    usage: 'assign <number> [email]',
    about: 'give it to somebody; without an address: to nobody',
    async run({ ctx }, [reference, email]) {
      const incident = await getIncidentByReference(ctx.db, reference!)
      const person = email === undefined ? null : await getUserByEmail(ctx.db, email)
      const value = requireDone(
        await assignIncident(ctx, { incidentId: incident.id, userId: person?.id ?? null }),
      )
      return {
        json: value,
        text: `Incident #${value.number} is assigned to ${value.assignee ?? 'nobody'}.`,
      }
    },
  })

  addCommand(incidents, {
    usage: 'rate <number> <severity>',
    about: 'change its severity: INFO, WARNING, CRITICAL or EMERGENCY',
    options: [['--reason <text>', 'why; it stands on the timeline']],
    async run({ ctx }, [reference, severity], options) {
      const incident = await getIncidentByReference(ctx.db, reference!)
      const value = requireDone(
        await rateIncident(ctx, { incidentId: incident.id, severity, reason: options.reason }),
      )
      return { json: value, text: `Incident #${value.number} is ${value.severity}.` }
    },
  })

  addCommand(incidents, {
    usage: 'tick <number> <step>',
    about: 'tick a step of its runbook off, by the key that show --json gives',
    options: [
      ['--note <text>', 'a word on it'],
      ['--undo', 'it is not done after all'],
    ],
    async run({ ctx }, [reference, stepKey], options) {
      const incident = await getIncidentByReference(ctx.db, reference!)
      const value = requireDone(
        await tickStep(ctx, {
          incidentId: incident.id,
          stepKey,
          isDone: options.undo !== true,
          ...(options.note ? { note: options.note } : {}),
        }),
      )
      return {
        json: value,
        text: `Step ${value.stepKey} of incident #${value.number}: ${value.isDone ? 'done' : 'to do'}.`,
      }
    },
  })

  addCommand(incidents, {
    usage: 'tell <number>',
    about: 'send stakeholders a message about it',
    options: [
      ['--title <text>', 'the message’s title'],
      ['--text <text>', 'what you tell them'],
      ['--channels <names>', 'separated by commas; default: those that hear of this incident'],
    ],
    async run({ ctx }, [reference], options) {
      const incident = await getIncidentByReference(ctx.db, reference!)
      const names = typeof options.channels === 'string' ? options.channels.split(',') : null
      const known = names ? await listMessageChannels(ctx.db) : await listToldChannels(ctx.db, incident)
      const chosen = names ? names.map((name) => channelOf(known, name.trim())) : known
      const value = requireDone(
        await tellStakeholders(ctx, {
          incidentId: incident.id,
          channelIds: chosen.map(({ id }) => id),
          title: options.title,
          body: options.text,
        }),
      )
      return { json: value, text: `On its way through ${value.channels.join(', ')}.` }
    },
  })

  addCommand(incidents, {
    usage: 'report [target]',
    about: 'how fast trouble was noticed, taken on and over, by month',
    options: [
      ['--months <number>', `how many, at most ${longestMonths}`, '12'],
      ['--csv', 'as CSV'],
    ],
    async run({ ctx }, [name], options) {
      const months = Number(options.months)
      if (!Number.isInteger(months) || months < 1 || months > longestMonths) {
        throw new AppError('usage', `--months is a number from 1 to ${longestMonths}.`, { kind: 'invalid' })
      }
      const target = name === undefined ? undefined : await getTargetByName(ctx.db, name)
      const report = await readReport(ctx.db, { months, targetId: target?.id, timeZone: 'UTC' }, new Date())
      return {
        json: { months: report },
        text: options.csv ? formatCsv(reportHead, report.map(csvRow)).trimEnd() : reportTable(report),
      }
    },
  })
}

function channelOf<T extends { name: string }>(known: readonly T[], name: string): T {
  const found = known.find((channel) => channel.name === name)
  if (found) return found
  throw new AppError('channel-not-found', `There is no channel “${name}”.`, {
    kind: 'not-found',
    hint: 'List them with: holdfast channels list',
  })
}

const spreads = ['detect', 'acknowledge', 'recover', 'resolve'] as const

const reportHead = [
  'month',
  'incidents',
  'open',
  ...spreads.flatMap((name) => [`${name}_median_ms`, `${name}_worst_ms`]),
  'rows_lost',
  'rows_recovered',
]

const csvRow = (month: MonthReport) => [
  month.month,
  month.incidents,
  month.open,
  ...spreads.flatMap((name) => [month[name].medianMs, month[name].worstMs]),
  month.rowsLost,
  month.rowsRecovered,
]

const told = ({ medianMs, worstMs }: Spread): string | null =>
  medianMs === null ? null : `${formatDuration(medianMs)} / ${formatDuration(worstMs)}`

const reportTable = (report: readonly MonthReport[]): string =>
  [
    table(
      ['month', 'incidents', 'noticed', 'taken on', 'recovered', 'resolved', 'rows lost', 'rows back'],
      report.map((month) => [
        month.month,
        month.incidents,
        ...spreads.map((name) => told(month[name])),
        month.rowsLost,
        month.rowsRecovered,
      ]),
    ),
    '',
    'Median / worst, each from the beginning of the trouble; months in UTC.',
  ].join('\n')
