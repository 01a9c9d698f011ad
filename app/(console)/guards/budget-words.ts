import { formatCount } from '#lib/format/format-count.ts'
import type { Budget } from '#lib/targets/policy.ts'

/** `25`, `25 or 1 %`, `1 %`, `no limit`. */
export function limitText(rows: number | undefined, percent: number | undefined): string {
  const parts = [
    ...(rows === undefined ? [] : [formatCount(rows)]),
    ...(percent === undefined ? [] : [`${percent} %`]),
  ]
  return parts.length === 0 ? 'no limit' : parts.join(' or ')
}

/** `60 min`, `2 h`, `7 days`. */
export function windowText(minutes: number): string {
  if (minutes % 1_440 === 0) return minutes === 1_440 ? '1 day' : `${minutes / 1_440} days`
  return minutes % 60 === 0 && minutes > 60 ? `${minutes / 60} h` : `${minutes} min`
}

/** One sentence about a budget, for people who do not see the table. */
export const budgetText = (budget: Budget & { windowMinutes: number }): string =>
  `${limitText(budget.statementRows, budget.statementPercent)} rows in a statement, ` +
  `${limitText(budget.transactionRows, budget.transactionPercent)} in a transaction, ` +
  `${limitText(budget.windowRows, budget.windowPercent)} in ${windowText(budget.windowMinutes)}`
