import type { Command } from 'commander'
import { addCommand, requireDone } from '#cli/command.ts'
import { incidentJson, showIncident } from '#cli/commands/incidents-show.ts'
import { addWorkCommands } from '#cli/commands/incidents-work.ts'
import { paintState, table } from '#cli/output.ts'
import { exportPostmortem } from '#lib/incidents/export-postmortem.ts'
import { moveIncident } from '#lib/incidents/move-incident.ts'
import { noteIncident } from '#lib/incidents/note-incident.ts'
import { openIncident } from '#lib/incidents/open-incident.ts'
import { getIncidentByReference, listIncidents } from '#lib/incidents/queries.ts'
import { takeCommand } from '#lib/incidents/take-command.ts'
import { incidentKinds } from '#lib/incidents/types.ts'
import { getTargetByName } from '#lib/targets/queries.ts'

/** `incidents list|show|open|note|command|move|resolve|export`, and those of incidents-work.ts. */
export function addIncidentsCommands(program: Command): void {
  const incidents = program.command('incidents').description('what people work on, with its timeline')

  addCommand(incidents, {
    usage: 'list [target]',
    about: 'incidents, the open ones first',
    options: [['--open', 'only those that are open']],
    async run({ ctx }, [name], options) {
      const target = name === undefined ? null : await getTargetByName(ctx.db, name)
      const list = await listIncidents(ctx.db, { targetId: target?.id, openOnly: options.open === true })
      return {
        json: { incidents: list.map(incidentJson) },
        text:
          list.length === 0
            ? 'No incidents.'
            : table(
                ['#', 'severity', 'status', 'kind', 'target', 'title', 'lost', 'recovered', 'began'],
                list.map((incident) => [
                  incident.number,
                  paintState(incident.severity),
                  incident.status,
                  incident.kind,
                  incident.targetName,
                  incident.title,
                  incident.rowsLost,
                  incident.rowsRecovered,
                  incident.beganAt.toISOString(),
                ]),
              ),
      }
    },
  })

  addCommand(incidents, {
    usage: 'show <number>',
    about: 'one incident: clocks, last good state, runbook, and everything that happened',
    run: showIncident,
  })

  addCommand(incidents, {
    usage: 'open [target]',
    about: 'open an incident by hand; without a target: about Holdfast itself',
    options: [
      ['--title <text>', 'what is wrong'],
      ['--kind <kind>', `which runbook it gets: ${incidentKinds.join(', ')}`],
      ['--severity <severity>', 'INFO, WARNING, CRITICAL or EMERGENCY', 'CRITICAL'],
      ['--began <time>', 'when it began, ISO 8601'],
      ['--note <text>', 'what is known'],
    ],
    async run({ ctx }, [name], options) {
      const target = name === undefined ? null : await getTargetByName(ctx.db, name)
      const value = requireDone(
        await openIncident(ctx, {
          targetId: target?.id ?? null,
          title: options.title,
          kind: options.kind ?? (target ? 'data-loss' : 'holdfast'),
          severity: options.severity,
          ...(options.began ? { beganAt: options.began } : {}),
          ...(options.note ? { note: options.note } : {}),
        }),
      )
      return {
        json: incidentJson(await getIncidentByReference(ctx.db, value.incidentId)),
        text: `Incident #${value.number} is open.`,
      }
    },
  })

  addCommand(incidents, {
    usage: 'note <number> <text...>',
    about: 'add a note to its timeline',
    options: [['--at <time>', 'when it happened, ISO 8601; else now']],
    async run({ ctx }, [reference, ...words], options) {
      const incident = await getIncidentByReference(ctx.db, reference!)
      const value = requireDone(
        await noteIncident(ctx, {
          incidentId: incident.id,
          body: words.join(' '),
          ...(options.at ? { happenedAt: options.at } : {}),
        }),
      )
      return { json: value, text: `Noted on incident #${value.number}.` }
    },
  })

  addCommand(incidents, {
    usage: 'command <number>',
    about: 'take command; needs --as a commander',
    async run({ ctx }, [reference]) {
      const incident = await getIncidentByReference(ctx.db, reference!)
      const value = requireDone(await takeCommand(ctx, { incidentId: incident.id }))
      return { json: value, text: `${value.commander} commands incident #${value.number}.` }
    },
  })

  addCommand(incidents, {
    usage: 'move <number> <status>',
    about: 'to investigating, stable or closed',
    async run({ ctx }, [reference, to]) {
      const incident = await getIncidentByReference(ctx.db, reference!)
      const value = requireDone(await moveIncident(ctx, { incidentId: incident.id, to }))
      return { json: value, text: `Incident #${value.number} is ${value.status}.` }
    },
  })

  addCommand(incidents, {
    usage: 'resolve <number>',
    about: 'end it, with a word on how',
    options: [['--resolution <text>', 'how it ended']],
    async run({ ctx }, [reference], options) {
      const incident = await getIncidentByReference(ctx.db, reference!)
      const value = requireDone(
        await moveIncident(ctx, {
          incidentId: incident.id,
          to: 'resolved',
          ...(options.resolution ? { resolution: options.resolution } : {}),
        }),
      )
      return {
        json: incidentJson(await getIncidentByReference(ctx.db, incident.id)),
        text: `Incident #${value.number} is resolved.`,
      }
    },
  })

  addCommand(incidents, {
    usage: 'export <number>',
    about: 'its postmortem in Markdown',
    async run({ ctx }, [reference]) {
      const incident = await getIncidentByReference(ctx.db, reference!)
      const markdown = await exportPostmortem(ctx.db, incident, new Date())
      return { json: { incident: incident.number, markdown }, text: markdown }
    },
  })

  addWorkCommands(incidents)
}
