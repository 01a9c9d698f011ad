import { instantOfWall, wallClock } from '#lib/jobs/occurrence.ts'

const dayMs = 86_400_000

/** What decides who is on call. */
export interface RotationRule {
  timeZone: string
  /** The first handover. */
  startsAt: Date
  shiftDays: number
  /** People's ids in their order. */
  members: readonly string[]
}

export interface OverrideRule {
  id: string
  userId: string
  startsAt: Date
  endsAt: Date
  createdAt: Date
}

/** A stretch of time during which the same rule puts the same person on call. */
export interface Shift {
  startsAt: Date
  endsAt: Date
  /** Null: nobody is on call. */
  userId: string | null
  /** The override that stands in; null: the rotation itself. */
  overrideId: string | null
}

/** The instant of the `index`-th handover: the same local time every `shiftDays`, also when the clocks change between. */
export function handoverAt({ timeZone, startsAt, shiftDays }: RotationRule, index: number): Date {
  if (index === 0) return startsAt
  const wall = wallClock(timeZone, startsAt.getTime()) + index * shiftDays * dayMs
  return new Date(instantOfWall(timeZone, wall))
}

/** How many handovers there were after the first; negative before it. */
function shiftIndex(rotation: RotationRule, at: Date): number {
  const { timeZone, startsAt, shiftDays } = rotation
  const passed = wallClock(timeZone, at.getTime()) - wallClock(timeZone, startsAt.getTime())
  let index = Math.floor(passed / (shiftDays * dayMs))
  // A gap or a repeated hour moves a handover against the clock on the wall.
  while (handoverAt(rotation, index) > at) index--
  while (handoverAt(rotation, index + 1) <= at) index++
  return index
}

/** Whose turn it is; who cannot be on call is passed over in favour of the next in order. */
function memberOf({ members }: RotationRule, index: number, available: ReadonlySet<string>): string | null {
  if (index < 0) return null
  const order = members.map((_, step) => members[(index + step) % members.length]!)
  return order.find((id) => available.has(id)) ?? null
}

/**
 * Who is on call at a moment, since when and until when. A pure rule: members take turns in their order, from one handover
 * to the next; the newest override that covers the moment stands in; who is not `available` (a disabled account) is passed
 * over; before the first handover nobody is on call but by an override.
 */
export function shiftAt(
  rotation: RotationRule,
  overrides: readonly OverrideRule[],
  available: ReadonlySet<string>,
  at: Date,
): Shift {
  const usable = overrides.filter(
    ({ userId, startsAt, endsAt }) => available.has(userId) && startsAt < endsAt,
  )
  const covering = usable
    .filter(({ startsAt, endsAt }) => startsAt <= at && at < endsAt)
    .sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime() || (a.id < b.id ? 1 : -1))
  const winner = covering[0] ?? null
  const index = shiftIndex(rotation, at)
  const edges = [
    ...usable.flatMap(({ startsAt, endsAt }) => [startsAt, endsAt]),
    ...(winner ? [] : [handoverAt(rotation, index), handoverAt(rotation, index + 1)]),
  ].map((edge) => edge.getTime())
  const now = at.getTime()
  return {
    startsAt: new Date(Math.max(...edges.filter((edge) => edge <= now))),
    endsAt: new Date(Math.min(...edges.filter((edge) => edge > now))),
    userId: winner?.userId ?? memberOf(rotation, index, available),
    overrideId: winner?.id ?? null,
  }
}

/** All shifts that overlap this stretch of time, one after the other without gap, the first and last cut to it. */
export function shiftsBetween(
  rotation: RotationRule,
  overrides: readonly OverrideRule[],
  available: ReadonlySet<string>,
  from: Date,
  until: Date,
): Shift[] {
  const found: Shift[] = []
  for (let at = from; at < until; ) {
    const shift = shiftAt(rotation, overrides, available, at)
    const endsAt = shift.endsAt < until ? shift.endsAt : until
    const last = found.at(-1)
    // The edges of an override that another one covers change nothing.
    if (last && last.userId === shift.userId && last.overrideId === shift.overrideId && shift.overrideId) {
      last.endsAt = endsAt
    } else found.push({ ...shift, startsAt: at, endsAt })
    at = endsAt
  }
  return found
}
