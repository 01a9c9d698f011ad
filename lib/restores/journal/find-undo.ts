/** A restore from the journal that succeeded: what it undid. */
export interface Undo<Moment = Date> {
  operationId: string
  /** Empty: of a time. */
  transactionIds: string[]
  since: Moment | null
  until: Moment
  /** The tables where it put deleted rows back, and where overwritten ones. */
  returned: string[]
  reset: string[]
}

/** What one transaction did to one table. */
export interface Undoable<Moment = Date> {
  table: string
  at: Moment
  transactionId: string | null
  /** It overwrote rows rather than deleting them. */
  isOverwritten?: boolean
}

const timeOf = (moment: Date | string): number => new Date(moment).getTime()

/** The operation that put back rows of it; of several the newest one. Undos are given newest first. Pure. */
export function findUndo<Moment extends Date | string>(
  undos: readonly Undo<Moment>[],
  { table, at, transactionId, isOverwritten = false }: Undoable<Moment>,
): string | null {
  const undo = undos.find(
    ({ returned, reset, transactionIds, since, until }) =>
      (isOverwritten ? reset : returned).includes(table) &&
      (transactionIds.length === 0 || (transactionId !== null && transactionIds.includes(transactionId))) &&
      (since === null || timeOf(since) <= timeOf(at)) &&
      timeOf(at) <= timeOf(until),
  )
  return undo?.operationId ?? null
}
