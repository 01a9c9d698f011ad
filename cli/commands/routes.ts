import type { Command } from 'commander'
import { addCommand, type CommandOptions, type Door, requireDone } from '#cli/command.ts'
import { table } from '#cli/output.ts'
import { moveRoute } from '#lib/alerts/routes/move-route.ts'
import { getRoute, listRoutes, listTellingChannels } from '#lib/alerts/routes/queries.ts'
import { removeRoute } from '#lib/alerts/routes/remove-route.ts'
import type { Route, RouteStep } from '#lib/alerts/routes/route-rule.ts'
import { setRoute } from '#lib/alerts/routes/set-route.ts'
import { AppError } from '#lib/errors.ts'
import { getRotationByName, listRotations } from '#lib/on-call/queries.ts'
import { getTargetByName, listTargets } from '#lib/targets/queries.ts'

const stepsForm = '"0 ops-chat; 15 @first-line; 60 pager,ops-mail"'
const options = [
  ['--steps <steps>', `minutes after the step before, then channels and @rotations: ${stepsForm}`],
  ['--severity <severity>', 'this bad or worse'],
  ['--targets <names>', 'only of these databases, with commas'],
  ['--environments <names>', 'only of these environments'],
  ['--fingerprints <beginnings>', 'only fingerprints that begin so'],
  ['--repeat <minutes>', 'begin again so long after the last step; 0: never'],
  ['--quiet-end', 'do not tell people when it is over'],
] as const

const listed = (text: unknown): string[] =>
  String(text)
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)

/** `routes list|add|change|move|remove`. */
export function addRoutesCommands(program: Command): void {
  const routes = program
    .command('routes')
    .description('whom alerts are told to, and whom next while nobody acknowledges')

  addCommand(routes, {
    usage: 'list',
    about: 'the routes in their order; the first that matches counts',
    async run(door) {
      const list = await listRoutes(door.ctx.db)
      const shown = await describe(door, list)
      return {
        json: { routes: shown },
        text:
          shown.length === 0
            ? 'There is no route. Until there is one, everything is told once to every channel.'
            : table(
                ['place', 'route', 'matches', 'steps', 'again after', 'id'],
                shown.map(({ place, name, matches, steps, repeatMinutes, id }) => [
                  place,
                  name,
                  matches,
                  steps
                    .map(({ afterMinutes, tells }) => `${afterMinutes} min: ${tells.join(', ')}`)
                    .join('; '),
                  repeatMinutes === null ? 'never' : `${repeatMinutes} min`,
                  id,
                ]),
              ),
      }
    },
  })

  addCommand(routes, {
    usage: 'add <name>',
    about: 'make a route, behind those there are',
    options,
    async run(door, [name], given) {
      const value = requireDone(await setRoute(door.ctx, { name, ...(await readRoute(door, given, null)) }))
      return { json: value, text: `Route “${value.name}” is at place ${value.position}.` }
    },
  })

  addCommand(routes, {
    usage: 'change <route>',
    about: 'change what is given of a route; the rest stays',
    options,
    async run(door, [named], given) {
      const route = await getRoute(door.ctx.db, named!)
      const changed = await readRoute(door, given, route)
      const value = requireDone(await setRoute(door.ctx, { routeId: route.id, name: route.name, ...changed }))
      return { json: value, text: `Route “${value.name}” is changed.` }
    },
  })

  addCommand(routes, {
    usage: 'move <route> <place>',
    about: 'put it at another place, counted from 1',
    async run({ ctx }, [named, place]) {
      const route = await getRoute(ctx.db, named!)
      const value = requireDone(await moveRoute(ctx, { routeId: route.id, place: Number(place) }))
      return { json: value, text: value.routes.map(({ name, position }) => `${position} ${name}`).join('\n') }
    },
  })

  addCommand(routes, {
    usage: 'remove <route>',
    about: 'take it away; its alerts follow the next route that matches',
    async run({ ctx }, [named]) {
      const value = requireDone(await removeRoute(ctx, { routeId: (await getRoute(ctx.db, named!)).id }))
      return { json: value, text: `Route “${value.name}” is removed.` }
    },
  })
}

async function describe({ ctx }: Door, list: readonly Route[]) {
  const [channels, rotations, targets] = await Promise.all([
    listTellingChannels(ctx.db),
    listRotations(ctx.db),
    listTargets(ctx.db),
  ])
  const nameOf = (all: readonly { id: string; name: string }[], id: string) =>
    all.find((one) => one.id === id)?.name ?? 'removed'
  return list.map(({ id, name, match, steps, repeatMinutes, tellsResolved }, index) => ({
    id,
    place: index + 1,
    name,
    match: { ...match, targets: (match.targetIds ?? []).map((targetId) => nameOf(targets, targetId)) },
    matches: [
      `${match.minimumSeverity} and worse`,
      ...(match.targetIds ?? []).map((targetId) => nameOf(targets, targetId)),
      ...(match.environments ?? []),
      ...(match.fingerprints ?? []).map((beginning) => `${beginning}*`),
    ].join(', '),
    steps: steps.map((step) => ({
      afterMinutes: step.afterMinutes,
      tells: [
        ...step.channelIds.map((channelId) => nameOf(channels, channelId)),
        ...step.rotationIds.map((rotationId) => `@${nameOf(rotations, rotationId)}`),
      ],
    })),
    repeatMinutes,
    tellsResolved,
  }))
}

async function readRoute(door: Door, given: CommandOptions, before: Route | null) {
  const { db } = door.ctx
  const targets = given.targets
    ? await Promise.all(listed(given.targets).map((name) => getTargetByName(db, name)))
    : null
  const repeat = given.repeat === undefined ? undefined : Number(given.repeat)
  if (!before && !given.steps) throw usage('A route needs steps.')
  return {
    match: {
      minimumSeverity: given.severity
        ? String(given.severity).toUpperCase()
        : (before?.match.minimumSeverity ?? 'WARNING'),
      targetIds: targets ? targets.map(({ id }) => id) : before?.match.targetIds,
      environments: given.environments ? listed(given.environments) : before?.match.environments,
      fingerprints: given.fingerprints ? listed(given.fingerprints) : before?.match.fingerprints,
    },
    steps: given.steps ? await readSteps(door, String(given.steps)) : before!.steps,
    repeatMinutes: repeat === undefined ? (before?.repeatMinutes ?? null) : repeat === 0 ? null : repeat,
    tellsResolved: given.quietEnd === true ? false : (before?.tellsResolved ?? true),
  }
}

async function readSteps({ ctx }: Door, text: string): Promise<RouteStep[]> {
  const channels = await listTellingChannels(ctx.db)
  const steps: RouteStep[] = []
  for (const part of text.split(';').map((step) => step.trim())) {
    const [, minutes, names] = /^(\d+)\s+(.+)$/.exec(part) ?? []
    if (!minutes || !names) throw usage(`“${part}” is no step.`)
    const step: RouteStep = { afterMinutes: Number(minutes), channelIds: [], rotationIds: [] }
    for (const name of listed(names)) {
      if (name.startsWith('@')) step.rotationIds.push((await getRotationByName(ctx.db, name.slice(1))).id)
      else {
        const channel = channels.find((one) => one.name === name)
        if (!channel) {
          throw new AppError('channel-not-found', `There is no channel “${name}”.`, {
            kind: 'not-found',
            hint: 'List them with: holdfast channels list',
          })
        }
        step.channelIds.push(channel.id)
      }
    }
    steps.push(step)
  }
  return steps
}

const usage = (message: string): AppError =>
  new AppError('usage', message, { kind: 'invalid', hint: `For example: --steps ${stepsForm}` })
