import type { RecentDelete } from '#lib/guards/queries.ts'

/** Deletes of one origin from one table, close together: a loss in small bites is one line, not a hundred. */
export interface DeleteGroup extends Omit<RecentDelete, 'at' | 'transactionId'> {
  firstAt: Date
  lastAt: Date
  transactions: number
}

const mergeWithinMs = 60_000

/** Groups deletes given newest first; the groups come newest first too. Pure. */
export function groupDeletes(deletes: readonly RecentDelete[]): DeleteGroup[] {
  const groups: DeleteGroup[] = []
  for (const { at, transactionId: _, ...entry } of deletes) {
    const group = groups.find(
      (candidate) =>
        candidate.kind === entry.kind &&
        candidate.table === entry.table &&
        candidate.role === entry.role &&
        candidate.application === entry.application &&
        candidate.firstAt.getTime() - at.getTime() <= mergeWithinMs,
    )
    if (!group || entry.kind === 'tampered') {
      groups.push({ ...entry, firstAt: at, lastAt: at, transactions: 1 })
      continue
    }
    group.firstAt = at
    group.rows = (group.rows ?? 0) + (entry.rows ?? 0)
    group.transactions += 1
    group.detail = { ...group.detail, ...entry.detail }
  }
  return groups
}
