import { countOf, formatCount } from '#lib/format/format-count.ts'
import { healthy, unhealthy } from '#lib/health/judgement.ts'
import { planCheck } from '#lib/health/plan-check.ts'
import type { HealthSeverity, Judgement, PlanChecks, Row, RowHistory } from '#lib/health/types.ts'
import { fragment, tableOf } from '#lib/sql/fragment.ts'
import { formatTable, sameTable, type TableName } from '#lib/sql/identifier.ts'
import { pickTables } from '#lib/targets/introspect.ts'
import { policyTable } from '#lib/targets/policy.ts'

export interface RowLimits {
  minimumRows: number
  dropPercent: number
}

const noHistory: RowHistory = {
  highestOfDay: null,
  highestOfWeek: null,
  highestOfMonth: null,
  provenRows: null,
  provenAt: null,
}

interface Fall {
  before: number
  percent: number
  since: string
}

/**
 * The worst fall against what is remembered. Longer windows allow more, because slow change is normal there,
 * but not without end: 4.9 % a day would leave a fifth after a month.
 */
function findFall(rows: number, limits: RowLimits, history: RowHistory): Fall | null {
  const { dropPercent } = limits
  const windows: [number | null, number, string][] = [
    [history.highestOfDay, dropPercent, 'the highest count of the last day'],
    [history.highestOfWeek, dropPercent * 2, 'the highest count of the last week'],
    [history.highestOfMonth, dropPercent * 3, 'the highest count of the last month'],
    [
      history.provenRows,
      dropPercent * 2,
      `the backup of ${history.provenAt?.slice(0, 16).replace('T', ' ')} UTC`,
    ],
  ]
  const falls = windows.flatMap(([before, allowed, since]) => {
    if (before === null || before <= rows) return []
    const percent = ((before - rows) / before) * 100
    return percent > allowed ? [{ before, percent, since }] : []
  })
  return falls.sort((a, b) => b.percent - a.percent)[0] ?? null
}

const severityOfFall = (percent: number, allowed: number): HealthSeverity =>
  percent >= 50 ? 'EMERGENCY' : percent > Math.max(allowed * 3, 10) ? 'CRITICAL' : 'WARNING'

/** Floors, falls and emptied tables. Without a history only the floor can speak. */
export function judgeRowCount(table: TableName, limits: RowLimits, history: RowHistory, targetName: string) {
  return (collected: readonly Row[]): Judgement => {
    const rows = Number(collected[0]!.rows)
    const name = formatTable(table)
    const remedy = `Compare with the newest backup: holdfast restores plan ${targetName} --from ID --tables ${name} --reason …`
    const highest = Math.max(history.highestOfMonth ?? 0, history.provenRows ?? 0)
    if (rows === 0 && (highest > 0 || limits.minimumRows > 0)) {
      return unhealthy(
        'EMERGENCY',
        highest > 0
          ? `${name} is empty; it had ${countOf(highest, 'row')}.`
          : `${name} is empty; the policy expects at least ${countOf(limits.minimumRows, 'row')}.`,
        { affected: highest, measured: 0, remedy },
      )
    }
    const fall = findFall(rows, limits, history)
    if (fall) {
      return unhealthy(
        severityOfFall(fall.percent, limits.dropPercent),
        `${name} has ${countOf(rows, 'row')}: ${formatCount(fall.before - rows)} fewer (−${fall.percent.toFixed(1)} %) than ${fall.since}.`,
        { affected: fall.before - rows, measured: rows, remedy },
      )
    }
    if (rows < limits.minimumRows) {
      return unhealthy(
        'CRITICAL',
        `${name} has ${countOf(rows, 'row')}; the policy expects at least ${formatCount(limits.minimumRows)}.`,
        { affected: limits.minimumRows - rows, measured: rows, remedy },
      )
    }
    return healthy(`${countOf(rows, 'row')}.`, { measured: rows })
  }
}

/** `rows.count:<table>` for every watched table, and for every protected one so that emptying it is seen. */
export const planRowChecks: PlanChecks = ({ policy, tables, history, targetName }) => {
  const watched = policy.rowCounts.map(({ table, ...limits }) => ({ table: policyTable(table), limits }))
  const others = policy.protectedTables
    .map(({ table }) => policyTable(table))
    .filter((table) => !watched.some((entry) => sameTable(entry.table, table)))
    .map((table) => ({ table, limits: { minimumRows: 0, dropPercent: 10 } }))
  return [...watched, ...others].map(({ table, limits }) => {
    const name = formatTable(table)
    return planCheck(
      { check: `rows.count:${name}`, area: 'rows', title: `Rows of ${name}` },
      targetName,
      () => ({
        collect: fragment`select count(*) as rows from ${tableOf(pickTables(tables, [table])[0]!)}`,
        judge: judgeRowCount(table, limits, history.get(name) ?? noHistory, targetName),
      }),
    )
  })
}
