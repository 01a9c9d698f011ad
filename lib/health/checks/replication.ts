import { formatBytes } from '#lib/format/format-bytes.ts'
import { countOf } from '#lib/format/format-count.ts'
import { forMonitors } from '#lib/health/checks/server.ts'
import { intervalSince } from '#lib/health/interval.ts'
import { healthy, unhealthy } from '#lib/health/judgement.ts'
import { loadFragment } from '#lib/health/load-fragment.ts'
import type { Counters, Judgement, KeptCounters, PlanChecks, Row } from '#lib/health/types.ts'

const standbysSql = loadFragment(new URL('../sql/standbys.sql', import.meta.url))
const slotsSql = loadFragment(new URL('../sql/slots.sql', import.meta.url))
const subscriptionsSql = loadFragment(new URL('../sql/subscriptions.sql', import.meta.url))
const subscriptionsOf15Sql = loadFragment(new URL('../sql/subscriptions.pg15.sql', import.meta.url))

const dayMs = 86_400_000
const lag = {
  warningSeconds: 60,
  criticalSeconds: 600,
  warningBytes: 256_000_000,
  criticalBytes: 4_000_000_000,
}
const held = { warningBytes: 1_000_000_000, criticalBytes: 10_000_000_000 }

const seenIn = (kept: KeptCounters | undefined): Record<string, string> =>
  (kept?.counters.seen as Record<string, string> | undefined) ?? {}

/** The standbys of the last day, so that one which went away is missed. */
export function rememberStandbys(kept: KeptCounters | undefined, rows: readonly Row[], now: Date): Counters {
  const recent = Object.entries(seenIn(kept)).filter(([, at]) => now.getTime() - Date.parse(at) < dayMs)
  const here = rows
    .filter((row) => row.kind === 'standby')
    .map((row) => [String(row.name), now.toISOString()])
  return { seen: Object.fromEntries([...recent, ...here]) }
}

export const judgeStandbys =
  (kept: KeptCounters | undefined, now: Date) =>
  (rows: readonly Row[]): Judgement => {
    const names = rows.map((row) => String(row.name))
    const gone = Object.entries(seenIn(kept))
      .filter(([name, at]) => !names.includes(name) && now.getTime() - Date.parse(at) < dayMs)
      .map(([name]) => name)
    const isBehind = (row: Row, part: 'warning' | 'critical') =>
      Number(row.lagSeconds ?? 0) >= lag[`${part}Seconds`] || Number(row.lagBytes ?? 0) >= lag[`${part}Bytes`]
    const behind = rows.filter((row) => isBehind(row, 'warning'))
    const most = Math.max(0, ...rows.map((row) => Number(row.lagSeconds ?? 0)))
    const tell = (row: Row) =>
      `${row.name} is ${Math.round(Number(row.lagSeconds ?? 0))} s and ${formatBytes(Number(row.lagBytes ?? 0))} behind`
    if (gone.length + behind.length === 0) {
      return healthy(rows.length === 0 ? 'No standby receives from here.' : `${rows.map(tell).join(', ')}.`, {
        measured: most,
      })
    }
    const parts = [...behind.map(tell), ...gone.map((name) => `${name} does not receive any more`)]
    return unhealthy(
      gone.length > 0 || behind.some((row) => isBehind(row, 'critical')) ? 'CRITICAL' : 'WARNING',
      `${parts.join('; ')}.`,
      {
        affected: parts.length,
        measured: most,
        samples: [
          ...behind.map((row) => ({ id: String(row.name), note: String(row.state) })),
          ...gone.map((name) => ({ id: name, note: 'gone' })),
        ],
        remedy:
          'See the standby’s log; one that was taken away on purpose is forgotten after a day. Positions: select * from pg_stat_replication;',
      },
    )
  }

/** A slot that nobody reads from keeps WAL until the disk is full, and dead rows with it. */
export function judgeSlots(rows: readonly Row[]): Judgement {
  const heldBy = (row: Row) => Number(row.heldBytes ?? 0)
  const most = Math.max(0, ...rows.map(heldBy))
  const isLost = (row: Row) => row.walStatus === 'lost' || row.walStatus === 'unreserved'
  const bad = rows.filter(
    (row) =>
      isLost(row) || (!row.active && heldBy(row) >= held.warningBytes) || heldBy(row) >= held.criticalBytes,
  )
  if (bad.length === 0) {
    const idle = rows.filter((row) => !row.active)
    return healthy(
      rows.length === 0
        ? 'There are no replication slots.'
        : `${countOf(rows.length, 'slot')}${idle.length > 0 ? `, ${idle.length} without a reader` : ''}; the most that one keeps is ${formatBytes(most)} of WAL.`,
      { measured: most },
    )
  }
  const first = bad[0]!
  return unhealthy(
    most >= held.criticalBytes || bad.some(isLost) ? 'CRITICAL' : 'WARNING',
    bad
      .map((row) =>
        isLost(row)
          ? `The slot ${row.name} has lost WAL that its reader still needs`
          : `The slot ${row.name} keeps ${formatBytes(heldBy(row))} of WAL${row.active ? '' : ' and nobody reads from it'}`,
      )
      .join('; ')
      .concat('.'),
    {
      affected: bad.length,
      measured: most,
      samples: bad.map((row) => ({ id: String(row.name), note: `${row.type}, ${formatBytes(heldBy(row))}` })),
      remedy: `Start its reader. If it will not come back: select pg_drop_replication_slot('${first.name}');`,
    },
  )
}

export const judgeSubscriptions =
  (kept: KeptCounters | undefined, now: Date) =>
  (rows: readonly Row[]): Judgement => {
    if (rows.length === 0) return healthy('There are no logical subscriptions.')
    const errorsOf = (row: Row): number =>
      intervalSince(kept, { [String(row.name)]: row.errors, reset: null }, now)?.counted(String(row.name)) ??
      0
    const failing = rows.filter((row) => errorsOf(row) > 0)
    const stopped = rows.filter((row) => row.enabled && !row.working)
    const disabled = rows.filter((row) => !row.enabled)
    const parts = [
      ...failing.map((row) => `${row.name} failed ${countOf(errorsOf(row), 'time')}`),
      ...stopped.filter((row) => !failing.includes(row)).map((row) => `${row.name} is not at work`),
      ...disabled.map((row) => `${row.name} is disabled`),
    ]
    if (parts.length === 0)
      return healthy(`${countOf(rows.length, 'subscription')} at work.`, { measured: 0 })
    return unhealthy(
      failing.length + stopped.length > 0 ? 'CRITICAL' : 'WARNING',
      `Logical subscriptions: ${parts.join('; ')}.`,
      {
        affected: parts.length,
        remedy:
          'The server’s log has the error, mostly a row that is already there or a table that is not: solve it there, or: alter subscription … disable;',
      },
    )
  }

/** `server.standbys`, `server.slots` and `server.subscriptions`. */
export const planReplicationChecks: PlanChecks = ({ living, isMonitor, roleName }) => {
  if (!living) return []
  const { counters, now, serverVersionNumber } = living
  const [standbys, subscriptions] = [counters.get('server.standbys'), counters.get('server.subscriptions')]
  const who = { isMonitor, roleName }
  return [
    forMonitors(who, {
      check: 'server.standbys',
      area: 'server',
      title: 'Standbys keep up',
      collect: standbysSql,
      remember: (rows) => rememberStandbys(standbys, rows, now),
      judge: judgeStandbys(standbys, now),
    }),
    {
      check: 'server.slots',
      area: 'server',
      title: 'Replication slots',
      collect: slotsSql,
      judge: judgeSlots,
    },
    {
      check: 'server.subscriptions',
      area: 'server',
      title: 'Logical subscriptions',
      collect: serverVersionNumber >= 150_000 ? subscriptionsOf15Sql : subscriptionsSql,
      remember: (rows) => Object.fromEntries(rows.map((row) => [String(row.name), row.errors])),
      judge: judgeSubscriptions(subscriptions, now),
    },
  ]
}
