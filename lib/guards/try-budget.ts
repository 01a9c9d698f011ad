import type { Budget } from '#lib/targets/policy.ts'

/** One transaction's change of one table, or one attempt that was refused. */
export interface TriedEvent {
  id: string
  at: Date
  outcome: 'passed' | 'refused'
  /** Null when only the attempt itself could be proven. */
  rows: number | null
  /** Null where it was not recorded; then the transaction counts as one statement. */
  largestStatementRows: number | null
  role: string | null
  application: string | null
  statement: string | null
}

export type BudgetLimit = 'statement' | 'transaction' | 'window'

/** A change that the budget would have refused. */
export interface TriedRefusal {
  event: TriedEvent
  limit: BudgetLimit
  /** What was counted against the limit: for the window, with what passed before it. */
  counted: number
  allowed: number
}

export interface BudgetTrial {
  /** How many changes and attempts were judged. */
  events: number
  /** What happened and would have been refused, newest first. */
  refused: TriedRefusal[]
  /** What was refused and would have passed, newest first. */
  passed: TriedEvent[]
  /** Attempts whose rows are not known, so that nothing can be said about them. */
  unknown: number
}

/** Tables with fewer rows are judged by rows alone, as the guard does it. */
const smallestForShares = 1_000

/**
 * What a budget would have done to these changes of one table. What it refuses does not count towards the window,
 * what it lets through does, also where it was refused in truth. Pure.
 */
export function tryBudget(
  budget: Budget,
  events: readonly TriedEvent[],
  tableRows: number | null = null,
): BudgetTrial {
  const windowMs = (budget.windowMinutes ?? 60) * 60_000
  const trial: BudgetTrial = { events: 0, refused: [], passed: [], unknown: 0 }
  const window: { at: number; rows: number }[] = []
  let inWindow = 0
  for (const event of [...events].sort((first, second) => first.at.getTime() - second.at.getTime())) {
    trial.events++
    if (event.rows === null) {
      trial.unknown++
      continue
    }
    const at = event.at.getTime()
    while (window[0] && window[0].at <= at - windowMs) inWindow -= window.shift()!.rows
    const over = findExceeded(budget, event.rows, event.largestStatementRows, inWindow, tableRows)
    if (over) {
      if (event.outcome === 'passed') trial.refused.push({ event, ...over })
      continue
    }
    if (event.outcome === 'refused') trial.passed.push(event)
    window.push({ at, rows: event.rows })
    inWindow += event.rows
  }
  trial.refused.reverse()
  trial.passed.reverse()
  return trial
}

/** The first limit that a change goes over, in the guard's order. */
function findExceeded(
  budget: Budget,
  rows: number,
  largestStatementRows: number | null,
  inWindow: number,
  tableRows: number | null,
): Omit<TriedRefusal, 'event'> | null {
  const limits: [BudgetLimit, number, number | null][] = [
    [
      'statement',
      largestStatementRows ?? rows,
      allowedRows(budget.statementRows, budget.statementPercent, tableRows),
    ],
    ['transaction', rows, allowedRows(budget.transactionRows, budget.transactionPercent, tableRows)],
    ['window', inWindow + rows, allowedRows(budget.windowRows, budget.windowPercent, tableRows)],
  ]
  for (const [limit, counted, allowed] of limits) {
    if (allowed !== null && counted > allowed) return { limit, counted, allowed }
  }
  return null
}

/** The narrower of a number of rows and a share of the table; null where neither limits. */
export function allowedRows(
  rows: number | undefined,
  percent: number | undefined,
  tableRows: number | null,
): number | null {
  const share =
    percent === undefined || tableRows === null || tableRows < smallestForShares
      ? null
      : Math.floor((tableRows * percent) / 100)
  if (share === null) return rows ?? null
  return rows === undefined ? share : Math.min(rows, share)
}
