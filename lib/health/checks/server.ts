import { countOf } from '#lib/format/format-count.ts'
import { boundStatement, redactStatement } from '#lib/guards/redact-statement.ts'
import { healthy, unhealthy } from '#lib/health/judgement.ts'
import { loadFragment } from '#lib/health/load-fragment.ts'
import type { AnyCheck, Judgement, PlanChecks, PlannedCheck, Row } from '#lib/health/types.ts'

const connectionsSql = loadFragment(new URL('../sql/connections.sql', import.meta.url))
const longTransactionsSql = loadFragment(new URL('../sql/long-transactions.sql', import.meta.url))
const lockWaitsSql = loadFragment(new URL('../sql/lock-waits.sql', import.meta.url))
const wraparoundSql = loadFragment(new URL('../sql/wraparound.sql', import.meta.url))

interface Limit {
  warning: number
  critical: number
}

export interface ServerLimits {
  connectionsPercent: Limit
  transactionSeconds: Limit
  idleSeconds: Limit
  lockSeconds: Limit
  /** Of the two thousand million ids after which PostgreSQL stops writing. */
  wraparoundPercent: Limit
}

export const serverLimits: ServerLimits = {
  connectionsPercent: { warning: 80, critical: 95 },
  transactionSeconds: { warning: 900, critical: 3_600 },
  idleSeconds: { warning: 300, critical: 1_800 },
  lockSeconds: { warning: 30, critical: 300 },
  wraparoundPercent: { warning: 25, critical: 50 },
}

const severityAt = (value: number, { critical }: Limit) => (value >= critical ? 'CRITICAL' : 'WARNING')
const minutesOf = (seconds: unknown): string => {
  const whole = Number(seconds)
  return whole < 120 ? `${Math.round(whole)} s` : `${Math.round(whole / 60)} min`
}

const scopes: Record<string, (row: Row) => string> = {
  server: (row) => `of ${row.most} connections (${row.reserved} more are kept for administrators)`,
  database: (row) => `of the ${row.most} connections of the database ${row.name}`,
  role: (row) => `of the ${row.most} connections of the role ${row.name}`,
}

/** The server's limit, the database's and each role's own: whichever is full first turns clients away. */
export const judgeConnections =
  ({ connectionsPercent }: ServerLimits) =>
  (rows: readonly Row[]): Judgement => {
    const percentOf = (row: Row) => (Number(row.most) <= 0 ? 0 : (Number(row.used) / Number(row.most)) * 100)
    const used = Number(rows[0]!.used)
    const tell = (row: Row) =>
      `${row.used} ${(scopes[String(row.scope)] ?? scopes.server!)(row)} are in use (${percentOf(row).toFixed(0)} %)`
    const full = rows.filter((row) => percentOf(row) >= connectionsPercent.warning)
    if (full.length === 0) return healthy(`${tell(rows[0]!)}.`, { measured: used })
    const worst = Math.max(...full.map(percentOf))
    return unhealthy(severityAt(worst, connectionsPercent), `${full.map(tell).join('; ')}.`, {
      affected: Math.max(...full.map((row) => Number(row.used))),
      measured: used,
      samples: full.map((row) => ({ id: String(row.name ?? 'server'), note: `${row.used} of ${row.most}` })),
      remedy: 'Close idle sessions, pool connections, or raise the limit that is full.',
    })
  }

const sessionSample = (row: Row, note: string) => ({
  id: String(row.pid),
  label: `${row.role} ${row.application}`.trim(),
  note,
})

export const judgeLongTransactions =
  ({ transactionSeconds }: ServerLimits) =>
  (rows: readonly Row[]): Judgement => {
    const long = rows.filter((row) => Number(row.seconds) >= transactionSeconds.warning)
    const longest = Math.max(0, ...rows.map((row) => Number(row.seconds)))
    if (long.length === 0) return healthy('No transaction is open for long.', { measured: longest })
    return unhealthy(
      severityAt(longest, transactionSeconds),
      `${countOf(long.length, 'transaction')} open for over ${minutesOf(transactionSeconds.warning)}, the longest for ${minutesOf(longest)}.`,
      {
        affected: long.length,
        measured: longest,
        samples: long
          .slice(0, 20)
          .map((row) => sessionSample(row, `${row.state}, ${minutesOf(row.seconds)}`)),
        remedy: `If it is forgotten: select pg_terminate_backend(${long[0]!.pid});`,
      },
    )
  }

/** A session that does nothing within its transaction keeps its locks and every dead row since. */
export const judgeIdleTransactions =
  ({ idleSeconds }: ServerLimits) =>
  (rows: readonly Row[]): Judgement => {
    const idleFor = (row: Row) => Number(row.idleSeconds ?? 0)
    const idle = rows
      .filter((row) => idleFor(row) >= idleSeconds.warning)
      .sort((a, b) => idleFor(b) - idleFor(a))
    const longest = Math.max(0, ...rows.map(idleFor))
    if (idle.length === 0) return healthy('No session is idle within a transaction.', { measured: longest })
    return unhealthy(
      severityAt(longest, idleSeconds),
      `${countOf(idle.length, 'session')} idle within a transaction for over ${minutesOf(idleSeconds.warning)}, the longest for ${minutesOf(longest)}.`,
      {
        affected: idle.length,
        measured: longest,
        samples: idle.slice(0, 20).map((row) => sessionSample(row, `idle for ${minutesOf(row.idleSeconds)}`)),
        remedy: `select pg_terminate_backend(${idle[0]!.pid}); and so that it does not come back: alter role ${idle[0]!.role} set idle_in_transaction_session_timeout = '5min';`,
      },
    )
  }

const asKept = (statement: unknown, redact: boolean): string => {
  const text = String(statement ?? '')
  return (redact ? redactStatement(text) : boundStatement(text)).replaceAll(/\s+/g, ' ').slice(0, 160)
}

/** Who waits, and for whom: `blocker → blocked`. */
export const judgeLockWaits =
  ({ lockSeconds }: ServerLimits, redact: boolean) =>
  (rows: readonly Row[]): Judgement => {
    const long = rows.filter((row) => Number(row.seconds) >= lockSeconds.warning)
    const longest = Math.max(0, ...rows.map((row) => Number(row.seconds)))
    if (long.length === 0) {
      return healthy(rows.length === 0 ? 'Nobody waits for a lock.' : 'Nobody waits for a lock for long.', {
        measured: longest,
      })
    }
    const waiting = new Set(long.map((row) => row.pid)).size
    const waiters = new Set(rows.map((row) => row.pid))
    // Whom to end is the one who waits for nobody.
    const root = long.find((row) => !waiters.has(row.blockerPid)) ?? long[0]!
    return unhealthy(
      severityAt(longest, lockSeconds),
      `${countOf(waiting, 'session')} ${waiting === 1 ? 'waits' : 'wait'} for a lock, the longest for ${minutesOf(longest)}; pid ${root.blockerPid} (${root.blockerRole ?? 'prepared transaction'}, ${root.blockerState ?? 'no session'}) is in the way.`,
      {
        affected: waiting,
        measured: longest,
        samples: long.slice(0, 20).map((row) => ({
          id: `${row.blockerPid} → ${row.pid}`,
          label: `${asKept(row.blockerStatement, redact)} → ${asKept(row.statement, redact)}`,
          note: `${row.relation ?? row.mode}, ${minutesOf(row.seconds)}`,
        })),
        remedy:
          Number(root.blockerPid) === 0
            ? 'A prepared transaction holds it: see pg_prepared_xacts, then commit prepared or rollback prepared.'
            : `Let it end, or: select pg_terminate_backend(${root.blockerPid});`,
      },
    )
  }

const lastId = 2_000_000_000

export const judgeWraparound =
  ({ wraparoundPercent }: ServerLimits) =>
  (rows: readonly Row[]): Judgement => {
    const oldest = (column: string) =>
      rows.toSorted((a, b) => Number(b[column] ?? 0) - Number(a[column] ?? 0))[0]!
    const [xid, multixact] = [oldest('age'), oldest('multixactAge')]
    const isMultixact = Number(multixact.multixactAge ?? 0) > Number(xid.age)
    const [worst, what] = isMultixact ? [multixact, 'multixact id'] : [xid, 'transaction id']
    const age = Number(isMultixact ? worst.multixactAge : worst.age)
    const percent = (age / lastId) * 100
    const tell = (where: string) =>
      `The oldest ${what}${where} is ${percent.toFixed(1)} % of the way to wraparound.`
    if (percent < wraparoundPercent.warning) return healthy(tell(' of the server'), { measured: age })
    const details = tell(
      worst.own === false ? ` (in the database ${worst.name}, which stops the whole server)` : '',
    )
    return unhealthy(severityAt(percent, wraparoundPercent), details, {
      affected: 1,
      measured: age,
      remedy:
        'See what holds autovacuum up (long transactions, unused slots, prepared transactions), then: vacuum (freeze, verbose);',
    })
  }

/** Plans it where the role sees other sessions; else it stays on the list, with the grant that helps. */
export const forMonitors = (
  { isMonitor, roleName }: { isMonitor: boolean; roleName: string },
  check: PlannedCheck,
): AnyCheck =>
  isMonitor
    ? check
    : {
        check: check.check,
        area: check.area,
        title: check.title,
        impossible: `${roleName} does not see the sessions of other roles.`,
        remedy: `grant pg_monitor to ${roleName};`,
      }

/** `server.connections`, `server.long-transactions`, `server.idle-transactions`, `server.locks` and `server.wraparound`. */
export const planServerChecks: PlanChecks = ({ isMonitor, roleName, policy }) => [
  {
    check: 'server.connections',
    area: 'server',
    title: 'Connections in use',
    collect: connectionsSql,
    judge: judgeConnections(serverLimits),
  },
  forMonitors(
    { isMonitor, roleName },
    {
      check: 'server.long-transactions',
      area: 'server',
      title: 'Transactions open for long',
      collect: longTransactionsSql,
      judge: judgeLongTransactions(serverLimits),
    },
  ),
  forMonitors(
    { isMonitor, roleName },
    {
      check: 'server.idle-transactions',
      area: 'server',
      title: 'Sessions idle within a transaction',
      collect: longTransactionsSql,
      judge: judgeIdleTransactions(serverLimits),
    },
  ),
  forMonitors(
    { isMonitor, roleName },
    {
      check: 'server.locks',
      area: 'server',
      title: 'Waiting for locks',
      collect: lockWaitsSql,
      judge: judgeLockWaits(serverLimits, policy.redactLiterals),
    },
  ),
  {
    check: 'server.wraparound',
    area: 'server',
    title: 'Transaction id wraparound',
    collect: wraparoundSql,
    judge: judgeWraparound(serverLimits),
  },
]
