/** How many rows each table had in one backup. */
export type TableRows = ReadonlyMap<string, number>

export interface FactsRead<B> {
  backup: B
  rows: TableRows
}

/**
 * Finds between which two neighbouring backups a table shrank by more than was permitted, without reading them all: the
 * facts of a large database are megabytes. Wherever the two ends of a stretch show a drop, one of its halves does; the
 * newer half is followed first. Gives every backup that it read, oldest first: about log2 of how many there are.
 * `backups` are oldest first; `isDrop` says whether a table lost rows between two of them.
 */
export async function bisectFacts<B>(
  backups: readonly B[],
  read: (backup: B) => Promise<TableRows>,
  isDrop: (table: string, from: FactsRead<B>, to: FactsRead<B>) => boolean,
): Promise<FactsRead<B>[]> {
  const known = new Map<number, FactsRead<B>>()
  const at = async (index: number): Promise<FactsRead<B>> => {
    const found = known.get(index) ?? { backup: backups[index]!, rows: await read(backups[index]!) }
    known.set(index, found)
    return found
  }
  const dropped = (from: FactsRead<B>, to: FactsRead<B>, tables: readonly string[]): string[] =>
    tables.filter((table) => to.rows.has(table) && isDrop(table, from, to))

  const narrow = async (low: number, high: number, tables: readonly string[]): Promise<void> => {
    const still = dropped(await at(low), await at(high), tables)
    if (still.length === 0 || high - low <= 1) return
    const middle = Math.floor((low + high) / 2)
    const newer = dropped(await at(middle), await at(high), still)
    if (newer.length > 0) await narrow(middle, high, newer)
    const older = still.filter((table) => !newer.includes(table))
    if (older.length > 0) await narrow(low, middle, older)
  }
  if (backups.length > 0) {
    const first = await at(0)
    await narrow(0, backups.length - 1, [...first.rows.keys()])
  }
  return [...known.entries()].toSorted(([a], [b]) => a - b).map(([, found]) => found)
}
