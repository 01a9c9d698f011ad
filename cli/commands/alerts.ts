import type { Command } from 'commander'
import { addCommand, type CommandOptions, requireDone } from '#cli/command.ts'
import { paintState, table } from '#cli/output.ts'
import { acknowledgeAlert } from '#lib/alerts/acknowledge-alert.ts'
import { type Alert, listAlerts } from '#lib/alerts/queries.ts'
import { resolveAlert } from '#lib/alerts/resolve-alert.ts'
import { silenceAlert } from '#lib/alerts/silence-alert.ts'
import { AppError } from '#lib/errors.ts'
import { getTargetByName } from '#lib/targets/queries.ts'

const toJson = (alert: Alert) => ({
  id: alert.id,
  target: alert.targetName,
  fingerprint: alert.fingerprint,
  title: alert.title,
  details: alert.details,
  remedy: alert.remedy,
  severity: alert.severity,
  status: alert.status,
  occurrences: alert.occurrences,
  firstSeenAt: alert.firstSeenAt,
  lastSeenAt: alert.lastSeenAt,
  acknowledgedAt: alert.acknowledgedAt,
  acknowledgedBy: alert.acknowledgedBy,
  silencedUntil: alert.silencedUntil,
  resolvedAt: alert.resolvedAt,
  resolvedBy: alert.resolvedBy,
  incidentId: alert.incidentId,
  incidentNumber: alert.incidentNumber,
})

const noteOf = (options: CommandOptions) => (options.note === undefined ? {} : { note: options.note })
const noteOption = ['--note <text>', 'why'] as const

/** `alerts list|acknowledge|silence|resolve`. */
export function addAlertsCommands(program: Command): void {
  const alerts = program.command('alerts').description('what is wrong, told once per problem')

  addCommand(alerts, {
    usage: 'list [target]',
    about: 'open alerts, the worst first',
    options: [['--all', 'resolved ones too']],
    async run({ ctx }, [name], options) {
      const target = name === undefined ? null : await getTargetByName(ctx.db, name)
      const list = await listAlerts(ctx.db, { targetId: target?.id, openOnly: options.all !== true })
      return {
        json: { alerts: list.map(toJson) },
        text:
          list.length === 0
            ? 'No open alerts.'
            : table(
                ['severity', 'status', 'target', 'title', 'seen', 'since', 'id'],
                list.map((alert) => [
                  paintState(alert.severity),
                  alert.status,
                  alert.targetName,
                  alert.title,
                  `${alert.occurrences}×`,
                  alert.firstSeenAt.toISOString(),
                  alert.id,
                ]),
              ),
      }
    },
  })

  addCommand(alerts, {
    usage: 'acknowledge <id>',
    about: 'say that you work on it',
    options: [noteOption],
    async run({ ctx }, [alertId], options) {
      const value = requireDone(await acknowledgeAlert(ctx, { alertId, ...noteOf(options) }))
      return { json: value, text: 'Acknowledged.' }
    },
  })

  addCommand(alerts, {
    usage: 'silence <id>',
    about: 'keep it quiet for a while; the check goes on',
    options: [['--minutes <minutes>', 'for how long', '60'], ['--until <time>', 'ISO 8601'], noteOption],
    async run({ ctx }, [alertId], options) {
      const until = options.until ? new Date(String(options.until)) : minutesFromNow(String(options.minutes))
      const value = requireDone(await silenceAlert(ctx, { alertId, until, ...noteOf(options) }))
      return { json: value, text: `Silenced until ${value.silencedUntil.toISOString()}.` }
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
}

function minutesFromNow(text: string): Date {
  const minutes = Number(text)
  if (Number.isFinite(minutes) && minutes > 0) return new Date(Date.now() + minutes * 60_000)
  throw new AppError('usage', `“${text}” is not a number of minutes.`, {
    kind: 'invalid',
    hint: 'For example: --minutes 60',
  })
}
