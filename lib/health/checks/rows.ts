import { countOf, formatCount } from '#lib/format/format-count.ts'
import { healthy, noData, unhealthy } from '#lib/health/judgement.ts'
import { loadFragment } from '#lib/health/load-fragment.ts'
import { planCheck } from '#lib/health/plan-check.ts'
import { estimateSlackPercent, findFall, findGrowth, severityOfFall } from '#lib/health/row-changes.ts'
import type { Judgement, PlanChecks, Row, RowHistory } from '#lib/health/types.ts'
import { type Fragment, fragment, tableOf } from '#lib/sql/fragment.ts'
import { formatTable, quoteTable, sameTable, type TableName } from '#lib/sql/identifier.ts'
import { pickTables } from '#lib/targets/introspect.ts'
import { policyTable } from '#lib/targets/policy.ts'
import type { Table } from '#lib/targets/types.ts'

export interface RowLimits {
  minimumRows: number
  dropPercent: number
  growthPercent?: number
}

const noHistory: RowHistory = {
  highestOfDay: null,
  highestOfWeek: null,
  highestOfMonth: null,
  provenRows: null,
  provenAt: null,
}

/**
 * Floors, falls, emptied tables and sudden growth. Without a history only the floor can speak. What was estimated is
 * called “about”, and has to fall by more before it is believed.
 */
export function judgeRowCount(
  table: TableName,
  limits: RowLimits,
  history: RowHistory,
  targetName: string,
  isEstimate = false,
) {
  return (collected: readonly Row[]): Judgement => {
    const [row] = collected
    const rows = row?.hasRows === false ? 0 : Number(row?.rows)
    const name = formatTable(table)
    // Counters are a moment behind: they may not know yet what somebody has just loaded.
    if (isEstimate && row?.hasRows === true && (rows === 0 || Number(row.unknown) > 0))
      return noData(
        `Nobody knows about how many rows ${name} has: it was never analysed, or its counters are behind.`,
        `analyze ${name};`,
      )
    const counted = `${isEstimate ? 'about ' : ''}${countOf(rows, 'row')}`
    const remedy = `Compare with the newest backup: holdfast restores plan ${targetName} --from ID --tables ${name} --reason …`
    const highest = Math.max(history.highestOfMonth ?? 0, history.provenRows ?? 0)
    if (rows === 0 && (highest > 0 || limits.minimumRows > 0)) {
      const was =
        highest > 0
          ? `it had ${countOf(highest, 'row')}`
          : `the policy expects at least ${countOf(limits.minimumRows, 'row')}`
      return unhealthy('EMERGENCY', `${name} is empty; ${was}.`, {
        affected: highest,
        measured: 0,
        remedy,
      })
    }
    const fall = findFall(rows, limits.dropPercent, history, isEstimate ? estimateSlackPercent : 0)
    if (fall) {
      return unhealthy(
        severityOfFall(fall.percent, limits.dropPercent),
        `${name} has ${counted}: ${formatCount(fall.before - rows)} fewer (−${fall.percent.toFixed(1)} %) than ${fall.since}.`,
        { affected: fall.before - rows, measured: rows, remedy },
      )
    }
    if (rows < limits.minimumRows) {
      return unhealthy(
        'CRITICAL',
        `${name} has ${counted}; the policy expects at least ${formatCount(limits.minimumRows)}.`,
        { affected: limits.minimumRows - rows, measured: rows, remedy },
      )
    }
    const growth = limits.growthPercent === undefined ? null : findGrowth(rows, limits.growthPercent, history)
    if (growth) {
      return unhealthy(
        'WARNING',
        `${name} has ${counted}: ${formatCount(rows - growth.before)} more (+${growth.percent.toFixed(0)} %) than ${growth.since}. Was something loaded twice?`,
        {
          affected: rows - growth.before,
          measured: rows,
          remedy: `Look for rows that are there twice, before somebody deletes both. If the growth is right, set growthPercent for ${name} in the policy.`,
        },
      )
    }
    return healthy(`${counted[0]!.toUpperCase()}${counted.slice(1)}.`, { measured: rows })
  }
}

const megabyte = 1024 * 1024
/** Whether there is a row at all is never left to an estimate. */
const estimatedRows = (table: TableName): Fragment =>
  fragment`select estimate.*, exists (select from ${tableOf(table)}) as "hasRows" from (
${loadFragment(new URL('../sql/estimated-rows.sql', import.meta.url), quoteTable(table))}
) as estimate`

/** `rows.count:<table>` for every watched table, and for every protected one so that emptying it is seen. */
export const planRowChecks: PlanChecks = ({ policy, tables, history, targetName, isCopy = false }) => {
  const guarded = policy.protectedTables.map(({ table }) => policyTable(table))
  const { growthPercent, estimateAboveMegabytes } = policy.counting
  const watched = policy.rowCounts.map(({ table, count, ...limits }) => ({
    table: policyTable(table),
    limits: { ...limits, growthPercent: limits.growthPercent ?? growthPercent },
    count,
  }))
  const others = guarded
    .filter((table) => !watched.some((entry) => sameTable(entry.table, table)))
    .map((table) => ({ table, limits: { minimumRows: 0, dropPercent: 10, growthPercent }, count: undefined }))
  return [...watched, ...others].map(({ table, limits, count }) => {
    const name = formatTable(table)
    const isLarge = ({ sizeBytes }: Table): boolean => sizeBytes > estimateAboveMegabytes * megabyte
    return planCheck(
      { check: `rows.count:${name}`, area: 'rows', title: `Rows of ${name}` },
      targetName,
      () => {
        const found = pickTables(tables, [table])[0]!
        const isProtected = guarded.some((each) => sameTable(each, table))
        const isEstimate = !isCopy && (count ? count === 'estimate' : !isProtected && isLarge(found))
        const judge = judgeRowCount(table, limits, history.get(name) ?? noHistory, targetName, isEstimate)
        if (isEstimate) return { collect: estimatedRows(found), judge }
        return {
          collect: fragment`select count(*) as rows from ${tableOf(found)}`,
          judge,
          whenSlow: `Vacuum it, so that its index can be counted instead: vacuum ${name}; or let it be estimated: "count": "estimate" in the policy’s rowCounts.`,
        }
      },
    )
  })
}
