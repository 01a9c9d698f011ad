import type { Command } from 'commander'
import { alertJson, alertsTable, alertText, explanationText, minuteText } from '#cli/alerts-text.ts'
import { addCommand, type CommandOptions, requireDone } from '#cli/command.ts'
import { table } from '#cli/output.ts'
import { readInstant } from '#cli/read-instant.ts'
import { acknowledgeAlert } from '#lib/alerts/acknowledge-alert.ts'
import { getShownAlert, listAlertEvents, listAlerts, listEarlier } from '#lib/alerts/queries.ts'
import { resolveAlert } from '#lib/alerts/resolve-alert.ts'
import { silenceAlert } from '#lib/alerts/silence-alert.ts'
import { addSilence } from '#lib/alerts/silences/add-silence.ts'
import { endSilence } from '#lib/alerts/silences/end-silence.ts'
import { listSilences } from '#lib/alerts/silences/queries.ts'
import { explainTelling } from '#lib/alerts/telling/explain-telling.ts'
import { listAlertDeliveries } from '#lib/alerts/telling/queries.ts'
import { readTellingPlan } from '#lib/alerts/telling/read-telling-plan.ts'
import { type Severity, severities } from '#lib/alerts/types.ts'
import { AppError } from '#lib/errors.ts'
import { isUuid } from '#lib/sql/uuid.ts'
import { getTarget, getTargetByName, listTargets } from '#lib/targets/queries.ts'

const noteOf = (options: CommandOptions) => (options.note === undefined ? {} : { note: options.note })
const noteOption = ['--note <text>', 'why'] as const

/** `alerts list|show|acknowledge|silence|resolve|explain|silences|end-silence`. */
export function addAlertsCommands(program: Command): void {
  const alerts = program.command('alerts').description('what is wrong, told once per problem')

  addCommand(alerts, {
    usage: 'list [target]',
    about: 'open alerts, the worst first',
    options: [['--all', 'resolved ones too']],
    async run({ ctx }, [name], options) {
      const target = name === undefined ? null : await getTargetByName(ctx.db, name)
      const list = await listAlerts(ctx.db, { targetId: target?.id, openOnly: options.all !== true })
      return { json: { alerts: list.map(alertJson) }, text: alertsTable(list) }
    },
  })

  addCommand(alerts, {
    usage: 'show <id>',
    about: 'one alert: what happened to it, who was told and how it went, what comes next',
    async run({ ctx }, [alertId]) {
      const alert = await getShownAlert(ctx.db, alertId!)
      const [events, deliveries, earlier] = await Promise.all([
        listAlertEvents(ctx.db, [alert.id]),
        listAlertDeliveries(ctx.db, [alert.id]),
        listEarlier(ctx.db, alert),
      ])
      const now = new Date()
      const environment = alert.targetId ? (await getTarget(ctx.db, alert.targetId)).environment : null
      const next = explainTelling(await readTellingPlan(ctx.db, now), { ...alert, environment }, now, alert)
      return {
        json: { ...alertJson(alert), events, deliveries, next, earlier: earlier.map(({ id }) => id) },
        text: alertText(alert, events, deliveries, next),
      }
    },
  })

  addCommand(alerts, {
    usage: 'acknowledge <id>',
    about: 'say that you work on it: nobody else is told',
    options: [noteOption],
    async run({ ctx }, [alertId], options) {
      const value = requireDone(await acknowledgeAlert(ctx, { alertId, ...noteOf(options) }))
      return { json: value, text: 'Acknowledged.' }
    },
  })

  addCommand(alerts, {
    usage: 'silence <alert>',
    about:
      'keep an alert quiet for a while, by its id, or all of a fingerprint or of a beginning of one and *',
    options: [
      ['--minutes <minutes>', 'for how long', '60'],
      ['--until <time>', 'ISO 8601'],
      ['--target <name>', 'with a fingerprint: on this database only'],
      noteOption,
    ],
    async run({ ctx }, [named], options) {
      const until = options.until ? readInstant(options.until) : minutesFromNow(String(options.minutes))
      if (isUuid(named!)) {
        const value = requireDone(await silenceAlert(ctx, { alertId: named, until, ...noteOf(options) }))
        return { json: value, text: `Silenced until ${value.silencedUntil.toISOString()}.` }
      }
      const target = options.target ? await getTargetByName(ctx.db, String(options.target)) : null
      const value = requireDone(
        await addSilence(ctx, {
          targetId: target?.id ?? null,
          pattern: named,
          until,
          reason: options.note ?? 'Silenced from the terminal.',
        }),
      )
      return {
        json: value,
        text: `Silenced until ${value.endsAt.toISOString()}: ${value.silenced} firing now.\nEnd it: holdfast alerts end-silence ${value.silenceId}`,
      }
    },
  })

  addCommand(alerts, {
    usage: 'silences',
    about: 'what is kept quiet, and until when',
    async run({ ctx }) {
      const [list, targets] = await Promise.all([listSilences(ctx.db), listTargets(ctx.db)])
      const nameOf = (id: string | null) => targets.find((target) => target.id === id)?.name ?? null
      return {
        json: {
          silences: list.map(({ targetId, ...silence }) => ({ ...silence, target: nameOf(targetId) })),
        },
        text:
          list.length === 0
            ? 'Nothing is silenced.'
            : table(
                ['pattern', 'target', 'until', 'by', 'reason', 'id'],
                list.map((row) => [
                  row.pattern,
                  row.targetId ? nameOf(row.targetId) : 'all',
                  minuteText(row.endsAt),
                  row.createdBy,
                  row.reason,
                  row.id,
                ]),
              ),
      }
    },
  })

  addCommand(alerts, {
    usage: 'end-silence <id>',
    about: 'end a silence before its time; what is still there is told',
    async run({ ctx }, [silenceId]) {
      const value = requireDone(await endSilence(ctx, { silenceId }))
      return { json: value, text: `Ended. ${value.woken} of its alerts fire again.` }
    },
  })

  addCommand(alerts, {
    usage: 'resolve <id>',
    about: 'end it by hand; new evidence fires it again',
    options: [noteOption],
    async run({ ctx }, [alertId], options) {
      const value = requireDone(await resolveAlert(ctx, { alertId, ...noteOf(options) }))
      return { json: value, text: 'Resolved.' }
    },
  })

  addCommand(alerts, {
    usage: 'explain <fingerprint>',
    about: 'who would be told, and when, if this fired and nobody acknowledged it',
    options: [
      ['--target <name>', 'the database it is about; without, Holdfast itself'],
      ['--severity <severity>', severities.join(', '), 'CRITICAL'],
      ['--at <time>', 'ISO 8601; now without'],
    ],
    async run({ ctx }, [fingerprint], options) {
      const target = options.target ? await getTargetByName(ctx.db, String(options.target)) : null
      const severity = String(options.severity).toUpperCase() as Severity
      if (!severities.includes(severity)) {
        throw new AppError('usage', `“${severity}” is no severity.`, {
          kind: 'invalid',
          hint: severities.join(', '),
        })
      }
      const at = options.at ? readInstant(options.at) : new Date()
      const explanation = explainTelling(
        await readTellingPlan(ctx.db, at),
        {
          targetId: target?.id ?? null,
          environment: target?.environment ?? null,
          fingerprint: fingerprint!,
          severity,
        },
        at,
      )
      return {
        json: { fingerprint, severity, target: target?.name ?? null, at, ...explanation },
        text: explanationText(explanation),
      }
    },
  })
}

function minutesFromNow(text: string): Date {
  const minutes = Number(text)
  if (Number.isFinite(minutes) && minutes > 0) return new Date(Date.now() + minutes * 60_000)
  throw new AppError('usage', `“${text}” is not a number of minutes.`, {
    kind: 'invalid',
    hint: 'For example: --minutes 60',
  })
}
