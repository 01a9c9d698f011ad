import { countOf } from '#lib/format/format-count.ts'
import { healthy, unhealthy } from '#lib/health/judgement.ts'
import { loadFragment } from '#lib/health/load-fragment.ts'
import type { Judgement, PlanChecks, Row } from '#lib/health/types.ts'

const connectionsSql = loadFragment(new URL('../sql/connections.sql', import.meta.url))
const longTransactionsSql = loadFragment(new URL('../sql/long-transactions.sql', import.meta.url))
const wraparoundSql = loadFragment(new URL('../sql/wraparound.sql', import.meta.url))

export interface ServerLimits {
  connectionsPercent: { warning: number; critical: number }
  transactionSeconds: { warning: number; critical: number }
  /** Of the two thousand million transactions after which PostgreSQL stops writing. */
  wraparoundPercent: { warning: number; critical: number }
}

const limits: ServerLimits = {
  connectionsPercent: { warning: 80, critical: 95 },
  transactionSeconds: { warning: 900, critical: 3_600 },
  wraparoundPercent: { warning: 25, critical: 50 },
}

export const judgeConnections =
  ({ connectionsPercent: { warning, critical } }: ServerLimits) =>
  (rows: readonly Row[]): Judgement => {
    const [used, most] = [Number(rows[0]!.used), Number(rows[0]!.most)]
    const percent = (used / most) * 100
    const details = `${used} of ${most} connections are in use (${percent.toFixed(0)} %).`
    if (percent < warning) return healthy(details, { measured: used })
    return unhealthy(percent >= critical ? 'CRITICAL' : 'WARNING', details, {
      affected: used,
      measured: used,
      remedy: 'Close idle sessions, pool connections, or raise max_connections.',
    })
  }

export const judgeLongTransactions =
  ({ transactionSeconds: { warning, critical } }: ServerLimits) =>
  (rows: readonly Row[]): Judgement => {
    const long = rows.filter((row) => Number(row.seconds) >= warning)
    const longest = Math.max(0, ...rows.map((row) => Number(row.seconds)))
    if (long.length === 0) return healthy('No transaction is open for long.', { measured: longest })
    return unhealthy(
      longest >= critical ? 'CRITICAL' : 'WARNING',
      `${countOf(long.length, 'transaction')} open for over ${Math.round(warning / 60)} min, the longest for ${Math.round(longest / 60)} min.`,
      {
        affected: long.length,
        measured: longest,
        samples: long.slice(0, 20).map((row) => ({
          id: String(row.pid),
          label: `${row.role} ${row.application}`,
          note: `${row.state}, ${Math.round(Number(row.seconds) / 60)} min`,
        })),
        remedy: `If it is forgotten: select pg_terminate_backend(${long[0]!.pid});`,
      },
    )
  }

export const judgeWraparound =
  ({ wraparoundPercent: { warning, critical } }: ServerLimits) =>
  (rows: readonly Row[]): Judgement => {
    const age = Number(rows[0]!.age)
    const percent = (age / 2_000_000_000) * 100
    const details = `The oldest transaction id is ${percent.toFixed(1)} % of the way to wraparound.`
    if (percent < warning) return healthy(details, { measured: age })
    return unhealthy(percent >= critical ? 'CRITICAL' : 'WARNING', details, {
      affected: 1,
      measured: age,
      remedy: 'See why autovacuum does not get through, then: vacuum (freeze, verbose);',
    })
  }

/** `server.connections`, `server.long-transactions` and `server.wraparound`. */
export const planServerChecks: PlanChecks = ({ isMonitor, roleName }) => [
  {
    check: 'server.connections',
    area: 'server',
    title: 'Connections in use',
    collect: connectionsSql,
    judge: judgeConnections(limits),
  },
  isMonitor
    ? {
        check: 'server.long-transactions',
        area: 'server',
        title: 'Transactions open for long',
        collect: longTransactionsSql,
        judge: judgeLongTransactions(limits),
      }
    : {
        check: 'server.long-transactions',
        area: 'server',
        title: 'Transactions open for long',
        impossible: `${roleName} does not see the sessions of other roles.`,
        remedy: `grant pg_monitor to ${roleName};`,
      },
  {
    check: 'server.wraparound',
    area: 'server',
    title: 'Transaction id wraparound',
    collect: wraparoundSql,
    judge: judgeWraparound(limits),
  },
]
