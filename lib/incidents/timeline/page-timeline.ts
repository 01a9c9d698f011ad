import { type TimelineEntry, type TimelineKind, timelineKinds } from '#lib/incidents/types.ts'

export interface TimelineFilter {
  /** Empty: all. */
  kinds: readonly TimelineKind[]
  /** In titles, details and names, whatever case. */
  search: string
  /** How many of the newest are shown. */
  shown: number
}

export interface TimelinePage {
  /** Newest first. */
  entries: TimelineEntry[]
  pinned: TimelineEntry[]
  /** How many there are of each kind, before the filter. */
  counts: { kind: TimelineKind; count: number }[]
  /** How many the filter lets through. */
  matching: number
  total: number
}

/** What of a timeline a page shows: what people pinned, and the newest of what the filter lets through. A pure rule. */
export function pageTimeline(
  timeline: readonly TimelineEntry[],
  pinned: ReadonlySet<string>,
  filter: TimelineFilter,
): TimelinePage {
  const wanted = filter.search.trim().toLowerCase()
  const matching = timeline.filter(
    (entry) =>
      (filter.kinds.length === 0 || filter.kinds.includes(entry.kind)) &&
      (wanted === '' || textOf(entry).includes(wanted)),
  )
  return {
    entries: matching.slice(-filter.shown).reverse(),
    pinned: timeline.filter(({ key }) => pinned.has(key)),
    counts: timelineKinds
      .map((kind) => ({ kind, count: timeline.filter((entry) => entry.kind === kind).length }))
      .filter(({ count }) => count > 0),
    matching: matching.length,
    total: timeline.length,
  }
}

const textOf = ({ title, detail, actor }: TimelineEntry): string =>
  [title, detail, actor].filter(Boolean).join('\n').toLowerCase()
