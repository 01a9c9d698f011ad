import type { Command } from 'commander'
import { minuteText } from '#cli/alerts-text.ts'
import { addCommand, type CommandOptions, type Door, requireDone } from '#cli/command.ts'
import { table } from '#cli/output.ts'
import { readInstant } from '#cli/read-instant.ts'
import { AppError, notFound } from '#lib/errors.ts'
import { addOverride } from '#lib/on-call/add-override.ts'
import { listOnCallNow } from '#lib/on-call/find-on-call.ts'
import { getRotationByName, listOverrides, listPeople, listRotations } from '#lib/on-call/queries.ts'
import { removeOverride } from '#lib/on-call/remove-override.ts'
import { removeRotation } from '#lib/on-call/remove-rotation.ts'
import { setRotation } from '#lib/on-call/set-rotation.ts'
import { shiftsBetween } from '#lib/on-call/shift.ts'

const dayMs = 86_400_000

/** `on-call show`, `on-call rotation add|change|remove`, `on-call override add|remove`. */
export function addOnCallCommands(program: Command): void {
  const onCall = program.command('on-call').description('who is told when a route asks for a person')

  addCommand(onCall, {
    usage: 'show [rotation]',
    about: 'who is on call, until when, and who follows',
    options: [
      ['--at <time>', 'at another moment, ISO 8601'],
      ['--days <days>', 'how far to look', '14'],
    ],
    async run(door, [name], options) {
      const at = options.at ? readInstant(options.at) : new Date()
      const rotations = await readRotations(door, name, at, Number(options.days) || 14)
      const now = await listOnCallNow(door.ctx.db, at)
      const current = now.filter(({ rotationId }) => rotations.some(({ id }) => id === rotationId))
      const lines = rotations.flatMap(({ name: title, timeZone, shifts }) => [
        `${title} (${timeZone})`,
        table(
          ['from', 'until', 'on call', ''],
          shifts.map((shift) => [
            minuteText(shift.startsAt),
            minuteText(shift.endsAt),
            shift.email ?? 'nobody',
            shift.overrideId ? `stands in (${shift.overrideId})` : '',
          ]),
        ),
      ])
      return {
        json: { at, onCall: current, rotations },
        text:
          lines.length > 0
            ? lines.join('\n')
            : 'There is no rotation. Make one: holdfast on-call rotation add NAME --members A,B --starts TIME',
      }
    },
  })

  const rotation = onCall.command('rotation').description('people who take turns')
  const rotationOptions = [
    ['--members <emails>', 'in their order, with commas'],
    ['--starts <time>', 'the first handover, ISO 8601'],
    ['--days <days>', 'how long a turn is'],
    ['--zone <zone>', 'time zone of the handovers, e.g. Europe/Berlin'],
  ] as const

  addCommand(rotation, {
    usage: 'add <name>',
    about: 'make a rotation; turns of 7 days in UTC unless told',
    options: rotationOptions,
    async run({ ctx }, [name], options) {
      if (!options.members || !options.starts) {
        throw new AppError('usage', 'A rotation needs --members and --starts.', {
          kind: 'invalid',
          hint: '--members ada@example.com,ben@example.com --starts 2026-03-02T08:00Z',
        })
      }
      const value = requireDone(
        await setRotation(ctx, {
          name,
          members: await memberIds(ctx.db, options),
          startsAt: readInstant(options.starts),
          shiftDays: Number(options.days ?? 7),
          timeZone: options.zone ?? 'UTC',
        }),
      )
      return { json: value, text: `Rotation “${value.name}” is made.` }
    },
  })

  addCommand(rotation, {
    usage: 'change <name>',
    about: 'change what is given; the rest stays',
    options: rotationOptions,
    async run({ ctx }, [name], options) {
      const before = await getRotationByName(ctx.db, name!)
      const value = requireDone(
        await setRotation(ctx, {
          rotationId: before.id,
          name: before.name,
          members: options.members ? await memberIds(ctx.db, options) : before.members,
          startsAt: options.starts ? readInstant(options.starts) : before.startsAt,
          shiftDays: options.days ? Number(options.days) : before.shiftDays,
          timeZone: options.zone ?? before.timeZone,
        }),
      )
      return { json: value, text: `Rotation “${value.name}” is changed.` }
    },
  })

  addCommand(rotation, {
    usage: 'remove <name>',
    about: 'take it away; routes that name it say so',
    async run({ ctx }, [name]) {
      const { id } = await getRotationByName(ctx.db, name!)
      const value = requireDone(await removeRotation(ctx, { rotationId: id }))
      return { json: value, text: `Rotation “${value.name}” is removed.` }
    },
  })

  const override = onCall.command('override').description('somebody stands in for whoever is on call')

  addCommand(override, {
    usage: 'add <rotation> <email>',
    about: 'stand in from one moment to another',
    options: [
      ['--from <time>', 'ISO 8601; now without'],
      ['--until <time>', 'ISO 8601'],
    ],
    async run({ ctx }, [name, email], options) {
      const { id } = await getRotationByName(ctx.db, name!)
      const value = requireDone(
        await addOverride(ctx, {
          rotationId: id,
          userId: await personId(ctx.db, email!),
          startsAt: options.from ? readInstant(options.from) : new Date(),
          endsAt: readInstant(options.until),
        }),
      )
      return {
        json: value,
        text: `${value.email} stands in from ${minuteText(value.startsAt)} until ${minuteText(value.endsAt)}.`,
      }
    },
  })

  addCommand(override, {
    usage: 'remove <id>',
    about: 'nobody stands in any more',
    async run({ ctx }, [overrideId]) {
      const value = requireDone(await removeOverride(ctx, { overrideId }))
      return { json: value, text: 'The rotation counts again.' }
    },
  })
}

async function readRotations({ ctx }: Door, name: string | undefined, at: Date, days: number) {
  const list = name ? [await getRotationByName(ctx.db, name)] : await listRotations(ctx.db)
  const people = await listPeople(ctx.db)
  const available = new Set(people.map(({ id }) => id))
  const overrides = await listOverrides(
    ctx.db,
    list.map(({ id }) => id),
    at,
  )
  const until = new Date(at.getTime() + days * dayMs)
  return list.map((rotation) => ({
    id: rotation.id,
    name: rotation.name,
    timeZone: rotation.timeZone,
    shiftDays: rotation.shiftDays,
    members: rotation.members.map((id) => people.find((person) => person.id === id)?.email ?? null),
    shifts: shiftsBetween(
      rotation,
      overrides.filter(({ rotationId }) => rotationId === rotation.id),
      available,
      at,
      until,
    ).map((shift) => ({
      ...shift,
      email: people.find(({ id }) => id === shift.userId)?.email ?? null,
    })),
  }))
}

async function personId(db: Door['ctx']['db'], email: string): Promise<string> {
  const person = (await listPeople(db)).find((one) => one.email === email.trim().toLowerCase())
  if (!person) throw notFound('person', email, 'List them with: holdfast users list')
  return person.id
}

const memberIds = (db: Door['ctx']['db'], options: CommandOptions): Promise<string[]> =>
  Promise.all(
    String(options.members)
      .split(',')
      .map((email) => personId(db, email)),
  )
