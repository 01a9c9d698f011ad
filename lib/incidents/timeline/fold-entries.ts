import type { TimelineEntry, TimelineKind } from '#lib/incidents/types.ts'

/** What comes again and again by itself. What people do and say is never folded. */
const repeating: readonly TimelineKind[] = ['guard', 'health', 'alert', 'message', 'refusal', 'backup']
const withinMs = 15 * 60_000

/**
 * The same thing of the same origin again and again is one line that says how often and until when: a blocked loop would bury
 * the rest. Each within a quarter of an hour of the one before; an entry that people pinned stays by itself. The entries
 * come in their order and stay in it. A pure rule.
 */
export function foldEntries(
  entries: readonly TimelineEntry[],
  pinned: ReadonlySet<string> = new Set(),
): TimelineEntry[] {
  const folded: TimelineEntry[] = []
  const open = new Map<string, number>()
  for (const entry of entries) {
    if (!repeating.includes(entry.kind) || pinned.has(entry.key)) {
      folded.push(entry)
      continue
    }
    const sameness = JSON.stringify([entry.kind, entry.title, entry.actor])
    const index = open.get(sameness)
    const first = index === undefined ? undefined : folded[index]
    if (first && entry.at.getTime() - (first.lastAt ?? first.at).getTime() <= withinMs) {
      folded[index!] = { ...first, times: (first.times ?? 1) + 1, lastAt: entry.at }
    } else {
      open.set(sameness, folded.length)
      folded.push(entry)
    }
  }
  return folded
}
