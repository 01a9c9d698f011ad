import type { RouteStep } from '#lib/alerts/routes/route-rule.ts'

export interface Recipient {
  channelId: string
  /** The person on call; null: whoever reads the channel. */
  userId: string | null
  /** As the alert's page says it. */
  who: string
}

interface KnownChannel {
  id: string
  name: string
  kind: string
  /** A mail channel without recipients of its own reaches the person on call only. */
  reachesAll?: boolean
}

interface KnownOnCall {
  rotationId: string
  rotation: string
  userId: string
  name: string
}

/**
 * Whom a step tells, and why some of it tells nobody. A pure rule: a channel is told as it is; a person on call is told by
 * mail, through the step's mail channels, or where it has none through the first one there is.
 */
export function planRecipients(
  step: RouteStep,
  channels: readonly KnownChannel[],
  rotations: readonly { id: string; name: string }[],
  onCall: readonly KnownOnCall[],
): { recipients: Recipient[]; missing: string[] } {
  const missing: string[] = []
  const found = step.channelIds.flatMap((id) => channels.find((channel) => channel.id === id) ?? [])
  if (found.length < step.channelIds.length) missing.push('one of its channels was removed')
  const recipients: Recipient[] = found
    .filter(({ reachesAll }) => reachesAll !== false)
    .map(({ id, name }) => ({ channelId: id, userId: null, who: name }))
  if (step.rotationIds.length === 0) {
    for (const { name } of found.filter(({ reachesAll }) => reachesAll === false)) {
      missing.push(`${name} has no recipients and the step names no rotation`)
    }
  }
  const mail = found.filter(({ kind }) => kind === 'email')
  const carriers = mail.length > 0 ? mail : channels.filter(({ kind }) => kind === 'email').slice(0, 1)
  for (const rotationId of step.rotationIds) {
    const rotation = rotations.find(({ id }) => id === rotationId)
    const person = onCall.find((candidate) => candidate.rotationId === rotationId)
    if (!rotation) missing.push('one of its rotations was removed')
    else if (!person) missing.push(`nobody is on call in ${rotation.name}`)
    else if (carriers.length === 0) missing.push(`no mail channel reaches ${person.name}`)
    else {
      for (const { id } of carriers) {
        if (recipients.some(({ channelId, userId }) => channelId === id && userId === person.userId)) continue
        recipients.push({
          channelId: id,
          userId: person.userId,
          who: `${person.name} (on call, ${rotation.name})`,
        })
      }
    }
  }
  return { recipients, missing }
}
