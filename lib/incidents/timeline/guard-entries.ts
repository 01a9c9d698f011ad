import { countOf } from '#lib/format/format-count.ts'
import type { TimelineEntry } from '#lib/incidents/types.ts'
import type { TimelineRecords } from './records.ts'
import { withTarget } from './with-target.ts'

const mergeWithinMs = 60_000
const longestMergeMs = 10 * 60_000

/** Deletes of one origin from one table, close together. */
type Bites = TimelineRecords['guardEvents']

/**
 * What the guards saw. Small deletes of one origin from one table are one line, however they interleave with others:
 * a loss in bites would bury the rest.
 */
export function fromGuards(records: TimelineRecords): TimelineEntry[] {
  const entries: TimelineEntry[] = []
  const open = new Map<string, Bites>()
  const close = (bites: Bites) => {
    const rows = bites.reduce((sum, event) => sum + (event.rows ?? 0), 0)
    const times = bites.length === 1 ? '' : ` in ${countOf(bites.length, 'bite')}`
    const first = bites[0]!
    entries.push(
      guardEntry(records, first, `${countOf(rows, 'row')} deleted from ${first.tableName}${times}`),
    )
  }
  const ordered = [...records.guardEvents].sort((a, b) => a.at.getTime() - b.at.getTime())
  for (const event of ordered) {
    if (event.kind !== 'deleted') {
      entries.push(guardEntry(records, event, guardTitle(event)))
      continue
    }
    const origin = JSON.stringify([event.tableName, event.roleName, event.applicationName])
    const bites = open.get(origin)
    if (bites && continues(bites, event)) {
      bites.push(event)
      continue
    }
    if (bites) close(bites)
    open.set(origin, [event])
  }
  for (const bites of open.values()) close(bites)
  return entries
}

const continues = (bites: Bites, event: Bites[number]): boolean =>
  event.at.getTime() - bites.at(-1)!.at.getTime() <= mergeWithinMs &&
  event.at.getTime() - bites[0]!.at.getTime() <= longestMergeMs

function guardTitle(event: TimelineRecords['guardEvents'][number]): string {
  const size = event.rows === null ? '' : ` of ${countOf(event.rows, 'row')}`
  if (event.kind === 'blocked') return `Guard refused a change${size} in ${event.tableName}`
  if (event.kind === 'permitted') return `Permitted change${size} in ${event.tableName}`
  if (event.kind === 'overwritten') return `Update${size} in ${event.tableName}`
  if (event.kind === 'forgotten')
    return `Journal full: the oldest images in ${event.tableName} were forgotten`
  if (event.kind === 'expired') return `Permit for ${event.tableName} expired unused`
  return `Guard tampered with on ${event.tableName}`
}

const guardEntry = (
  records: TimelineRecords,
  event: TimelineRecords['guardEvents'][number],
  title: string,
): TimelineEntry => ({
  key: `guard:${event.id}`,
  at: event.at,
  kind: 'guard',
  title,
  detail: event.statement && withoutHeader(event.statement),
  actor: [event.roleName, event.applicationName, event.clientAddress].filter(Boolean).join(' · ') || null,
  href: withTarget('/guards', records.targetName),
})

/** Comments before a statement hide what it does in a short space. */
const withoutHeader = (statement: string): string =>
  statement.replace(/^(\s*(--[^\n]*\n|\/\*.*?\*\/))+\s*/s, '').trim() || statement
