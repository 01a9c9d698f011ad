/** What grouping needs to know of an event; times as ISO text, so that it runs where the page is. */
export interface GroupableEvent {
  id: string
  at: string
  kind: string
  table: string
  rows: number | null
  role: string | null
  application: string | null
  address: string | null
  statement: string | null
}

/** Events of one origin, one after another: 41 attempts of a script in three minutes are one line. */
export interface EventGroup<Event extends GroupableEvent> {
  /** Of its newest event. */
  key: string
  events: Event[]
  firstAt: string
  lastAt: string
  /** The sum of what is known. Null: nothing is. */
  rows: number | null
  /** Each once, newest first. */
  kinds: string[]
  statements: string[]
}

export const groupWithinMs = 180_000

const keptApart = new Set(['permitted', 'overwritten', 'expired', 'forgotten'])

/**
 * Groups events given newest first; the groups come newest first too. Events belong together when table, role,
 * application and address are the same and less than three minutes lie between one and the next; changes of guards, when
 * one look found them. Pure.
 */
export function groupEvents<Event extends GroupableEvent>(
  events: readonly Event[],
  withinMs = groupWithinMs,
): EventGroup<Event>[] {
  const groups: EventGroup<Event>[] = []
  const open = new Map<string, EventGroup<Event>>()
  for (const event of events) {
    const origin =
      event.kind === 'tampered'
        ? // One look at the guards finds all of it, at one time.
          JSON.stringify([event.kind, event.at])
        : JSON.stringify([
            event.table,
            event.role,
            event.application,
            event.address,
            // Refusals of one origin belong together whatever they went over; what became of rows is kept apart.
            keptApart.has(event.kind) ? event.kind : '',
          ])
    const group = open.get(origin)
    if (!group || Date.parse(group.firstAt) - Date.parse(event.at) > withinMs) {
      const begun: EventGroup<Event> = {
        key: event.id,
        events: [event],
        firstAt: event.at,
        lastAt: event.at,
        rows: event.rows,
        kinds: [event.kind],
        statements: event.statement ? [event.statement] : [],
      }
      groups.push(begun)
      open.set(origin, begun)
      continue
    }
    group.events.push(event)
    group.firstAt = event.at
    if (event.rows !== null) group.rows = (group.rows ?? 0) + event.rows
    if (!group.kinds.includes(event.kind)) group.kinds.push(event.kind)
    if (event.statement && !group.statements.includes(event.statement)) group.statements.push(event.statement)
  }
  return groups
}
