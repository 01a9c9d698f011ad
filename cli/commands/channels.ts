import type { Command } from 'commander'
import { placeOptions, readList, readPlace } from '#cli/channel-place.ts'
import { addCommand, type Door, requireDone } from '#cli/command.ts'
import { colors, table } from '#cli/output.ts'
import { type AddedChannel, addChannel } from '#lib/channels/add-channel.ts'
import { awaitDelivery } from '#lib/channels/await-delivery.ts'
import { changeChannel } from '#lib/channels/change-channel.ts'
import { describePlace } from '#lib/channels/describe-channel.ts'
import { type Delivery, getChannelByName, listChannels, listDeliveries } from '#lib/channels/queries.ts'
import { removeChannel } from '#lib/channels/remove-channel.ts'
import { requestChannelTest } from '#lib/channels/request-channel-test.ts'
import { resendDelivery } from '#lib/channels/resend-delivery.ts'
import { plainText } from '#lib/channels/send-failure.ts'
import { setFallback } from '#lib/channels/set-fallback.ts'
import type { Channel, DeliveryStatus } from '#lib/channels/types.ts'
import { formatUtc } from '#lib/format/format-time.ts'

const paint = (status: string): string =>
  status === 'failing' || status === 'failed'
    ? colors.red(status)
    : status === 'working' || status === 'sent'
      ? colors.green(status)
      : colors.yellow(status)

const channelToJson = ({ fallbackId: _, ...channel }: Channel) => ({
  ...channel,
  place: describePlace(channel),
})

const deliveryToJson = ({ seq, ...delivery }: Delivery) => ({ ...delivery, cursor: String(seq) })

const deliveryRow = ({
  createdAt,
  channel,
  kind,
  status,
  message,
  attempts,
  error,
  heldBecause,
  id,
}: Delivery) => [
  formatUtc(createdAt),
  channel,
  kind,
  paint(status),
  attempts,
  plainText(message.title, 60),
  error?.message ?? heldBecause,
  id,
]

function tellAdded({ name, signingKey }: AddedChannel, { say }: Door, did: string): string {
  if (signingKey) say('The signing key is shown this once. Give it to the receiver.')
  return [
    `${name} is ${did}. Nothing was sent yet; try it: holdfast channels test ${name}`,
    ...(signingKey ? [`signing key: ${signingKey}`] : []),
  ].join('\n')
}

/** `channels list|add|change|fallback|test|remove|deliveries|resend`. */
export function addChannelsCommands(program: Command): void {
  const channels = program.command('channels').description('where messages go, and what was sent')

  addCommand(channels, {
    usage: 'list',
    about: 'every channel and whether its newest message got through',
    async run({ ctx }) {
      const all = await listChannels(ctx.db)
      return {
        json: { channels: all.map(channelToJson) },
        text:
          all.length > 0
            ? table(
                ['name', 'kind', 'leads to', 'status', 'fallback', 'error'],
                all.map((channel) => [
                  channel.name,
                  channel.kind,
                  describePlace(channel),
                  paint(channel.status),
                  channel.fallback,
                  channel.error?.message,
                ]),
              )
            : 'No channel yet: nobody is told of anything. Add one: holdfast channels add NAME --kind slack',
      }
    },
  })

  addCommand(channels, {
    usage: 'add <name>',
    about: 'add a channel; what is secret of it is read from standard input or asked for, and kept sealed',
    options: [...placeOptions, ['--fallback <name>', 'takes the messages that this one could not send']],
    async run(door, [name], options) {
      const { fallback } = options
      const added = requireDone(
        await addChannel(door.ctx, {
          name,
          place: await readPlace(options),
          allowPrivate: options.allowPrivate === true,
          audit: options.audit === true,
          ...(fallback ? { fallback } : {}),
        }),
      )
      return { json: { ...added, status: 'untried' }, text: tellAdded(added, door, 'added') }
    },
  })

  addCommand(channels, {
    usage: 'change <name>',
    about: 'give a channel a new address and secret, whole; its name, kind and history stay',
    options: placeOptions,
    async run(door, [name], options) {
      const { kind } = await getChannelByName(door.ctx.db, name!)
      const place = await readPlace({ ...options, kind: options.kind ?? kind })
      const changed = requireDone(
        await changeChannel(door.ctx, {
          name,
          place,
          allowPrivate: options.allowPrivate === true,
          audit: options.audit === true,
        }),
      )
      return { json: { ...changed, status: 'untried' }, text: tellAdded(changed, door, 'changed') }
    },
  })

  addCommand(channels, {
    usage: 'fallback <name> [other]',
    about: 'let another channel take what this one could not send; without another, none does',
    async run({ ctx }, [name, other]) {
      const set = requireDone(await setFallback(ctx, { name, fallback: other ?? null }))
      return {
        json: set,
        text: set.fallback
          ? `What ${set.name} cannot send, ${set.fallback} sends.`
          : `${set.name} has no fallback: what it cannot send stays in the log, in red.`,
      }
    },
  })

  addCommand(channels, {
    usage: 'test <name>',
    about: 'really send a test message, and tell what came of it (exit 3 when it did not get through)',
    async run({ ctx }, [name]) {
      const { deliveryId } = requireDone(await requestChannelTest(ctx, { name }))
      const seen = await awaitDelivery(ctx, deliveryId)
      const sent = seen.status === 'sent'
      return {
        json: deliveryToJson(seen),
        text: sent
          ? `${colors.green('ok')}  ${name} took it${seen.responseStatus ? ` (${seen.responseStatus})` : ''}. Whether it is seen, only you can tell.`
          : `${colors.red('FAIL')}  ${seen.error?.message ?? `It is ${seen.status}.`}${seen.error?.hint ? `\n→ ${seen.error.hint}` : ''}`,
        exit: sent ? 0 : 3,
      }
    },
  })

  addCommand(channels, {
    usage: 'remove <name>',
    about: 'take a channel off the list; what it has sent stays in the log',
    options: [['--reason <text>', 'why, for the audit']],
    async run({ ctx }, [name], { reason }) {
      const removed = requireDone(await removeChannel(ctx, { name, reason }))
      return { json: { ...removed, status: 'removed' }, text: `${removed.name} is off the list.` }
    },
  })

  addCommand(channels, {
    usage: 'deliveries',
    about: 'the delivery log, newest first',
    options: [
      ['--channel <name>', 'of this channel only'],
      ['--status <list>', 'queued, sending, sent, failed, held'],
      ['--limit <number>', 'so many lines', '50'],
      ['--before <cursor>', 'the lines after the one with this cursor (of --json)'],
    ],
    async run({ ctx }, _args, { channel, status, limit, before }) {
      const rows = await listDeliveries(ctx.db, {
        channel: typeof channel === 'string' ? channel : undefined,
        statuses: readList(status) as DeliveryStatus[],
        limit: Math.max(1, Number(limit) || 50),
        before: before ? Number(before) : undefined,
      })
      return {
        json: { deliveries: rows.map(deliveryToJson) },
        text:
          rows.length > 0
            ? table(
                ['filed', 'channel', 'kind', 'status', 'tries', 'message', 'why', 'id'],
                rows.map(deliveryRow),
              )
            : 'Nothing was sent, and nothing waits.',
      }
    },
  })

  addCommand(channels, {
    usage: 'resend <id>',
    about: 'send a message of the log once more that failed or was held',
    async run({ ctx }, [id]) {
      const { deliveryId } = requireDone(await resendDelivery(ctx, { deliveryId: id }))
      const seen = await awaitDelivery(ctx, deliveryId)
      return {
        json: deliveryToJson(seen),
        text: `It is ${paint(seen.status)}.${seen.error ? ` ${seen.error.message}` : ''}`,
        exit: seen.status === 'sent' ? 0 : 3,
      }
    },
  })
}
