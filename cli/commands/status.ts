import type { Command } from 'commander'
import { addCommand, requireDone } from '#cli/command.ts'
import { table } from '#cli/output.ts'
import { changeStatusPage } from '#lib/status/change-status-page.ts'
import { readPublicStatus } from '#lib/status/read-public-status.ts'
import { setStatusNotice } from '#lib/status/set-status-notice.ts'
import { getStatusPage } from '#lib/status/status-page.ts'
import { getTargetByName } from '#lib/targets/queries.ts'

const whereText = 'It is at <address of Holdfast>/status'

/** `holdfast status …`: the public page. */
export function addStatusCommands(program: Command): void {
  const status = program.command('status').description('the public status page')

  addCommand(status, {
    usage: 'show',
    about: 'whether the page is public, and what it says now',
    async run({ ctx }) {
      const page = await getStatusPage(ctx.db)
      const said = await readPublicStatus(ctx.db, page, new Date())
      const services = table(
        ['service', 'state'],
        said.services.map(({ name, state }) => [name, state]),
      )
      return {
        json: { page, says: said },
        text: [
          page.isPublished ? `The page is public. ${whereText}` : 'The page is not public.',
          ...(page.notice ? [`Notice: ${page.notice}`] : []),
          said.services.length > 0 ? services : 'It tells of no service yet.',
        ].join('\n'),
      }
    },
  })

  addCommand(status, {
    usage: 'publish',
    about: 'make the page public; --service gives a database its public name',
    options: [
      ['--service <pairs>', 'database=Public name, several with commas; replaces those there are'],
      ['--title <title>', 'the page’s title'],
    ],
    async run({ ctx }, _args, { service, title }) {
      const pairs = typeof service === 'string' ? service.split(',').map((pair) => pair.split('=')) : null
      const services = pairs
        ? await Promise.all(
            pairs.map(async ([target, name]) => ({
              targetId: (await getTargetByName(ctx.db, (target ?? '').trim())).id,
              name: (name ?? target ?? '').trim(),
            })),
          )
        : undefined
      const page = requireDone(
        await changeStatusPage(ctx, {
          isPublished: true,
          ...(services ? { services } : {}),
          ...(typeof title === 'string' ? { title } : {}),
        }),
      )
      return { json: page, text: `The page is public. ${whereText}` }
    },
  })

  addCommand(status, {
    usage: 'unpublish',
    about: 'take the page away; its settings stay',
    async run({ ctx }) {
      const page = requireDone(await changeStatusPage(ctx, { isPublished: false }))
      return { json: page, text: 'The page is not public any more.' }
    },
  })

  addCommand(status, {
    usage: 'notice [text]',
    about: 'say something on the page; without a text it says nothing any more',
    async run({ ctx }, [text]) {
      const set = requireDone(await setStatusNotice(ctx, { notice: text ?? null }))
      const told = set.notice === null ? 'The notice is gone.' : `The page says: ${set.notice}`
      return { json: set, text: set.isPublished ? told : `${told}\nThe page itself is not public.` }
    },
  })
}
