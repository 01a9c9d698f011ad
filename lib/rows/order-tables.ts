/** A reference between two tables of a set, as keys into it. */
export interface Reference {
  child: string
  parent: string
  constraint: string
  deferrable: boolean
}

export interface TableOrder {
  /** Parents before children. */
  order: string[]
  /** References that can only hold at the end of the transaction; all of them deferrable. */
  deferred: Reference[]
  /** Cycles that no order can satisfy, each as the references in it. */
  impossible: Reference[][]
}

function findCycle(left: ReadonlySet<string>, references: readonly Reference[]): Reference[] {
  const path: Reference[] = []
  let at = [...left].sort()[0]!
  const seen = new Map<string, number>()
  for (;;) {
    const from = seen.get(at)
    if (from !== undefined) return path.slice(from)
    seen.set(at, path.length)
    // Every table that is left waits for another one that is left.
    const next = references.find((reference) => reference.child === at && left.has(reference.parent))!
    path.push(next)
    at = next.parent
  }
}

/**
 * Puts tables in the order in which their rows can be inserted. References of a table to itself are no hindrance:
 * one statement inserts all its rows. Names break ties, so that equal input has equal order.
 */
export function orderTables(tables: readonly string[], references: readonly Reference[]): TableOrder {
  const order: string[] = []
  const deferred: Reference[] = []
  const impossible: Reference[][] = []
  let open = references.filter((reference) => reference.child !== reference.parent)
  const left = new Set(tables)
  while (left.size > 0) {
    const free = [...left]
      .filter((table) => !open.some((one) => one.child === table && left.has(one.parent)))
      .sort()
    for (const table of free) {
      order.push(table)
      left.delete(table)
    }
    if (free.length > 0) continue
    const cycle = findCycle(left, open)
    const loose = cycle.find((reference) => reference.deferrable)
    if (loose) deferred.push(loose)
    else impossible.push(cycle)
    const cut = loose ?? cycle[0]!
    open = open.filter((reference) => reference !== cut)
  }
  return { order, deferred, impossible }
}
