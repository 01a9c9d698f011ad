import { formatDistanceStrict } from 'date-fns/formatDistanceStrict'
import { type Severity, severities } from '#lib/alerts/types.ts'
import type { DeliveryKind, Message } from '#lib/channels/types.ts'

export interface ToldAlert {
  id: string
  fingerprint: string
  title: string
  details: string
  remedy: string | null
  severity: Severity
  occurrences: number
  firstSeenAt: Date
  flappingSince: Date | null
  round: number
}

export interface ToldTarget {
  name: string
  environment: string
}

export type ToldKind = Extract<DeliveryKind, 'fired' | 'worsened' | 'escalated' | 'reminded' | 'resolved'>

/** The worst first, then the one seen first. */
export const byWeight = (a: ToldAlert, b: ToldAlert): number =>
  severities.indexOf(b.severity) - severities.indexOf(a.severity) ||
  a.firstSeenAt.getTime() - b.firstSeenAt.getTime() ||
  (a.id < b.id ? -1 : 1)

const mostListed = 20

const prefixes: Record<ToldKind, string> = {
  fired: '',
  worsened: 'Worse: ',
  escalated: 'Nobody answered: ',
  reminded: 'Still there: ',
  resolved: 'Over: ',
}

const minute = (at: Date): string => `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`

/** What is said of one alert, or of several of one target at once. Pure. `alerts` holds at least one, in any order. */
export function composeMessage(
  kind: ToldKind,
  alerts: readonly ToldAlert[],
  target: ToldTarget | null,
  now: Date,
  next: string | null,
  problemKey?: string,
): Message {
  const sorted = [...alerts].sort(byWeight)
  const worst = sorted[0]!
  const isOver = kind === 'resolved'
  const many = sorted.length > 1
  const place = target?.name ?? 'Holdfast'
  const earliest = sorted.reduce((at, { firstSeenAt }) => (firstSeenAt < at ? firstSeenAt : at), now)
  const flaps = !isOver && sorted.some(({ flappingSince }) => flappingSince)
  const subject = many
    ? `${sorted.length} problems on ${place}, ${isOver ? 'the first was' : 'the worst:'} ${worst.title}`
    : worst.title
  return {
    title: `${prefixes[kind]}${flaps && !many ? 'It comes and goes: ' : ''}${subject}`,
    text: many ? listOf(sorted, isOver) : textOf(worst, isOver, now),
    severity: worst.severity,
    status: isOver ? 'resolved' : 'firing',
    problemKey:
      problemKey ?? (many ? `alerts:${worst.id}:${worst.round}:${sorted.length}` : `alert:${worst.id}`),
    targetName: target?.name ?? null,
    environment: target?.environment ?? null,
    href: many
      ? `/alerts${target ? `?target=${encodeURIComponent(target.name)}` : ''}`
      : `/alerts/${worst.id}`,
    fields: [
      { label: 'Since', value: minute(earliest) },
      ...(many ? [] : [{ label: 'Seen', value: `${worst.occurrences}×` }]),
      ...(flaps
        ? [{ label: 'Comes and goes', value: 'its turns are counted and not told until it is calm' }]
        : []),
      ...(!isOver && !many && worst.remedy ? [{ label: 'What helps', value: worst.remedy }] : []),
      ...(next ? [{ label: 'Next', value: next }] : []),
    ],
    at: now.toISOString(),
    // A link acknowledges one alert; of several the page is opened.
    acknowledgeable: !isOver && !many,
  }
}

const textOf = ({ details, firstSeenAt }: ToldAlert, isOver: boolean, now: Date): string =>
  isOver ? `The problem is gone after ${formatDistanceStrict(firstSeenAt, now)}. It was: ${details}` : details

function listOf(alerts: readonly ToldAlert[], isOver: boolean): string {
  const lines = alerts
    .slice(0, mostListed)
    .map(({ severity, title, details }) => (isOver ? title : `${severity}: ${title}. ${details}`))
  const more = alerts.length - mostListed
  return [...lines, ...(more > 0 ? [`and ${more} more`] : [])].join('\n')
}
