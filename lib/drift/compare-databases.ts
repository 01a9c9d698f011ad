import { assertReadable, assertTemporary } from '#lib/drift/check-rights.ts'
import { chooseTables } from '#lib/drift/choose-tables.ts'
import { compareTable } from '#lib/drift/compare-table.ts'
import { countOrphans } from '#lib/drift/count-orphans.ts'
import { type MatchedPair, matchColumns } from '#lib/drift/match-columns.ts'
import { type BothSessions, inBothSnapshots } from '#lib/drift/read-both.ts'
import type { BothSides, ComparisonRequest, Found, FoundTable } from '#lib/drift/types.ts'
import { failPoint } from '#lib/fail-point.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import type { TableName } from '#lib/sql/identifier.ts'
import type { Policy } from '#lib/targets/policy.ts'

export interface ReadComparison {
  found: Found
  inSync: boolean
  masterReadAt: Date
  targetReadAt: Date
}

export interface ReadOptions {
  rules: Policy['references']
  /** How long a row has to differ before it is believed. */
  settleMs: number
  /** Called after each table, with what is known so far. */
  onTable(found: Found): Promise<void>
}

interface Doubt {
  pair: MatchedPair
  differing: TableName
}

const settled = (first: FoundTable, second: FoundTable): number =>
  Math.max(0, first.missing + first.extra + first.changed - second.missing - second.extra - second.changed)

const wait = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const stop = () => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal.addEventListener('abort', stop, { once: true })
  })

/**
 * Reads both databases and says how they differ; writes to neither. Rows that differ are read once more, `settleMs` later:
 * what was a write between the two moments is then gone, and is counted as settled. Whatever keeps a table or a side from
 * being read in full is thrown: errors are not agreement.
 */
export async function compareDatabases(
  scope: JobScope,
  sessions: BothSessions,
  request: ComparisonRequest,
  options: ReadOptions,
): Promise<ReadComparison> {
  const first = await inBothSnapshots(sessions, (both) => lookAtAll(scope, both, request, options))
  const { found, doubts, masterReadAt, targetReadAt } = first
  if (doubts.length > 0) {
    await scope.phase('wait for writes under way')
    await wait(options.settleMs, scope.signal)
    failPoint('drift.before-second-look')
    await inBothSnapshots(sessions, (both) => lookAgain(scope, both, found, doubts, options))
  }
  return { found, inSync: found.tables.every((table) => table.inSync), masterReadAt, targetReadAt }
}

async function lookAtAll(
  scope: JobScope,
  both: BothSides,
  request: ComparisonRequest,
  { rules, onTable }: ReadOptions,
) {
  const { pairs, uncompared, ...tables } = await chooseTables(both, request)
  await assertTemporary(both.target)
  for (const side of ['master', 'target'] as const)
    await assertReadable(
      both[side],
      pairs.map((pair) => pair[side]),
    )
  const matched = pairs.map((pair) => matchColumns(pair, request.ignoredColumns))
  await scope.phase('compare', pairs.length)
  const found: Found = {
    tables: [],
    references: [],
    uncompared,
    unchecked: [],
    lookedAgainAt: null,
    pending: pairs.map(({ table }) => table),
  }
  const doubts: Doubt[] = []
  for (const pair of matched) {
    const look = await compareTable(both, pair, { signal: scope.signal })
    found.tables.push(look.found)
    found.pending.shift()
    if (look.differing) doubts.push({ pair, differing: look.differing })
    scope.progress(found.tables.length)
    await onTable(found)
  }
  await scope.phase('references')
  const orphans = await countOrphans(both, {
    ...tables,
    pairs,
    rules,
    names: request.names,
    signal: scope.signal,
  })
  Object.assign(found, orphans)
  return { found, doubts, masterReadAt: both.master.readAt, targetReadAt: both.target.readAt }
}

async function lookAgain(
  scope: JobScope,
  both: BothSides,
  found: Found,
  doubts: readonly Doubt[],
  { onTable }: ReadOptions,
): Promise<void> {
  await scope.phase('look again', doubts.length)
  found.lookedAgainAt = both.target.readAt.toISOString()
  for (const [index, { pair, differing }] of doubts.entries()) {
    const again = await compareTable(both, pair, { signal: scope.signal, again: differing })
    const at = found.tables.findIndex(({ table }) => table === pair.table)
    const before = found.tables[at]!
    found.tables[at] = {
      ...again.found,
      masterRows: before.masterRows,
      targetRows: before.targetRows,
      settled: settled(before, again.found),
    }
    scope.progress(index + 1)
    await onTable(found)
  }
}
