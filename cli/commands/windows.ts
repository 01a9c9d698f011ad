import type { Command } from 'commander'
import { minuteText } from '#cli/alerts-text.ts'
import { addCommand, requireDone } from '#cli/command.ts'
import { table } from '#cli/output.ts'
import { readInstant } from '#cli/read-instant.ts'
import { addWindow } from '#lib/alerts/windows/add-window.ts'
import { cancelWindow } from '#lib/alerts/windows/cancel-window.ts'
import { listWindows, type MaintenanceWindow } from '#lib/alerts/windows/queries.ts'
import { windowOccurrences } from '#lib/alerts/windows/window-rule.ts'
import { getTargetByName, listTargets } from '#lib/targets/queries.ts'

const dayMs = 86_400_000

/** The times it is in effect within the next four weeks. */
function occurrencesOf(window: MaintenanceWindow) {
  const now = new Date()
  return windowOccurrences(window, now, new Date(now.getTime() + 28 * dayMs)).slice(0, 10)
}

/** `windows add|list|cancel`. */
export function addWindowsCommands(program: Command): void {
  const windows = program
    .command('windows')
    .description('maintenance windows: checks go on, nobody is paged meanwhile')

  addCommand(windows, {
    usage: 'add <title>',
    about: 'announce work; what fires meanwhile and stays is told when it ends',
    options: [
      ['--from <time>', 'ISO 8601; now without'],
      ['--until <time>', 'ISO 8601'],
      ['--minutes <minutes>', 'instead of --until'],
      ['--target <name>', 'this database only; all without'],
      ['--repeat <cron>', 'begins again then, e.g. "0 2 * * 0"; each as long as the first'],
      ['--zone <zone>', 'time zone of the repetition', 'UTC'],
      ['--public', 'name it on the public status page'],
    ],
    async run({ ctx }, [title], options) {
      const startsAt = options.from ? readInstant(options.from) : new Date()
      const endsAt = options.minutes
        ? new Date(startsAt.getTime() + Number(options.minutes) * 60_000)
        : readInstant(options.until)
      const target = options.target ? await getTargetByName(ctx.db, String(options.target)) : null
      const window = requireDone(
        await addWindow(ctx, {
          title,
          startsAt,
          endsAt,
          targetId: target?.id ?? null,
          repeats: options.repeat ?? null,
          timeZone: options.zone,
          isPublic: options.public === true,
        }),
      )
      return {
        json: { ...window, target: target?.name ?? null, occurrences: occurrencesOf(window) },
        text: `${window.title}: ${minuteText(startsAt)} to ${minuteText(endsAt)}, ${target ? `on ${target.name}` : 'on every database'}.\nEnd it early: holdfast windows cancel ${window.id}`,
      }
    },
  })

  addCommand(windows, {
    usage: 'list',
    about: 'windows in effect and to come',
    async run({ ctx }) {
      const [list, targets] = await Promise.all([listWindows(ctx.db), listTargets(ctx.db)])
      const nameOf = (id: string | null) => targets.find((target) => target.id === id)?.name ?? null
      const shown = list.map((window) => ({ window, occurrences: occurrencesOf(window) }))
      return {
        json: {
          windows: shown.map(({ window: { targetId, ...window }, occurrences }) => ({
            ...window,
            target: nameOf(targetId),
            occurrences,
          })),
        },
        text:
          shown.length === 0
            ? 'No maintenance is announced.'
            : table(
                ['window', 'target', 'next or now', 'until', 'repeats', 'id'],
                shown.map(({ window, occurrences: [next] }) => [
                  window.title,
                  window.targetId ? nameOf(window.targetId) : 'all',
                  next ? minuteText(next.startsAt) : 'not within four weeks',
                  next ? minuteText(next.endsAt) : null,
                  window.repeats ? `${window.repeats} ${window.timeZone}` : 'once',
                  window.id,
                ]),
              ),
      }
    },
  })

  addCommand(windows, {
    usage: 'cancel <id>',
    about: 'end it, and its repetitions, now; what it held and is still there is told',
    async run({ ctx }, [windowId]) {
      const value = requireDone(await cancelWindow(ctx, { windowId }))
      return { json: value, text: `“${value.title}” is over.` }
    },
  })
}
