import { maintenanceWindows } from '#drizzle/schema/on-call.ts'
import { addWindowInput } from '#lib/alerts/input.ts'
import { type Refusal, refuse } from '#lib/errors.ts'
import { isTimeZone } from '#lib/format/is-time-zone.ts'
import { isCron, nextOccurrences } from '#lib/jobs/occurrence.ts'
import { getTarget } from '#lib/targets/queries.ts'
import { defineVerb } from '#lib/verb.ts'

const dayMs = 86_400_000
const longestDays = 7

/**
 * Announces work on a target, or on all: checks go on, alerts are raised and counted, and their messages wait until the
 * window ends. Not safe to repeat: each call adds a window.
 */
export const addWindow = defineVerb({
  action: 'alerts.add-window',
  input: addWindowInput,
  async act({ tx, actorText }, input) {
    const refused = refuseTimes(input.startsAt, input.endsAt, input.repeats, input.timeZone)
    if (refused) return refused
    const target = input.targetId ? await getTarget(tx, input.targetId) : null
    const [made] = await tx
      .insert(maintenanceWindows)
      .values({ ...input, createdBy: actorText })
      .returning()
    return {
      value: made!,
      audit: {
        subject: `window:${made!.id}`,
        target: target?.name ?? null,
        reason: input.title,
        detail: {
          startsAt: input.startsAt.toISOString(),
          endsAt: input.endsAt.toISOString(),
          repeats: input.repeats,
          timeZone: input.timeZone,
          isPublic: input.isPublic,
        },
      },
      changed: ['alerts', 'on-call', 'status'],
    }
  },
})

function refuseTimes(
  startsAt: Date,
  endsAt: Date,
  repeats: string | null,
  timeZone: string,
): { refusal: Refusal } | null {
  const lengthMs = endsAt.getTime() - startsAt.getTime()
  if (lengthMs < 60_000)
    return refuse('window-empty', 'It has to end after it begins.', 'Choose a later end.')
  if (lengthMs > longestDays * dayMs) {
    return refuse(
      'window-too-long',
      `A window lasts at most ${longestDays} days: nobody is paged meanwhile.`,
      'Choose an earlier end, or silence what is known.',
    )
  }
  if (!isTimeZone(timeZone))
    return refuse('time-zone', `“${timeZone}” is no time zone.`, 'For example: Europe/Berlin')
  if (!repeats) {
    return endsAt.getTime() <= Date.now()
      ? refuse('window-over', 'The window would be over already.', 'Choose a later end.')
      : null
  }
  if (!isCron(repeats)) {
    return refuse('cron', `“${repeats}” is no schedule of five fields.`, 'Sundays at two: 0 2 * * 0')
  }
  const begins = [startsAt, ...nextOccurrences(repeats, timeZone, startsAt, 60)]
  const meets = begins.some(
    (at, index) => index > 0 && at.getTime() - begins[index - 1]!.getTime() <= lengthMs,
  )
  return meets
    ? refuse(
        'window-never-ends',
        'It would begin again before it ends: nobody would ever be paged.',
        'Make it shorter, or let it repeat less often.',
      )
    : null
}
