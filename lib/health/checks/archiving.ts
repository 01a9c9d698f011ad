import { countOf } from '#lib/format/format-count.ts'
import { forMonitors } from '#lib/health/checks/server.ts'
import { saySpan } from '#lib/health/interval.ts'
import { healthy, unhealthy } from '#lib/health/judgement.ts'
import { loadFragment } from '#lib/health/load-fragment.ts'
import type { Judgement, PlanChecks, Row } from '#lib/health/types.ts'

const archivingSql = loadFragment(new URL('../sql/archiving.sql', import.meta.url))
const queueSql = loadFragment(new URL('../sql/archive-queue.sql', import.meta.url))

/** A file has 16 MB: more than so many waiting is more than a hiccup. */
const queue = { warning: 20, critical: 200 }

/** Whether the server archives its WAL itself, which recovery to any moment needs. Holdfast’s own archives do without. */
export function judgeArchiving([row]: readonly Row[]): Judgement {
  if (row!.mode === 'off' || (row!.standby && row!.mode !== 'always'))
    return healthy(
      row!.standby
        ? 'This is a standby, which archives nothing.'
        : 'WAL archiving is off: this server cannot be brought to any moment between two archives.',
    )
  if (!row!.failing) {
    const minutes = row!.lastSeconds === null ? null : Number(row!.lastSeconds) / 60
    return healthy(
      minutes === null
        ? 'WAL archiving is on; no file was finished yet.'
        : `The last WAL file was archived ${saySpan(minutes)} ago.`,
    )
  }
  return unhealthy(
    'CRITICAL',
    `WAL archiving fails: ${row!.lastFailed} could not be archived (${countOf(Number(row!.failed), 'failure')} so far). Every file stays until the disk is full.`,
    {
      affected: Number(row!.failed),
      remedy: 'The server’s log has the words of archive_command or of the archive library.',
    },
  )
}

export function judgeArchiveQueue([row]: readonly Row[]): Judgement {
  const waiting = Number(row!.waiting)
  if (row!.mode === 'off') return healthy('WAL archiving is off.')
  if (waiting < queue.warning)
    return healthy(`${countOf(waiting, 'WAL file')} to archive.`, { measured: waiting })
  return unhealthy(
    waiting >= queue.critical ? 'CRITICAL' : 'WARNING',
    `${countOf(waiting, 'WAL file')} wait to be archived, the oldest for ${saySpan(Number(row!.seconds) / 60)}.`,
    {
      affected: waiting,
      measured: waiting,
      remedy: 'The archive command is slower than the writes: look at where it writes to.',
    },
  )
}

/** `server.archiving` and `server.archive-queue`. */
export const planArchivingChecks: PlanChecks = ({ living, isMonitor, roleName }) =>
  living
    ? [
        {
          check: 'server.archiving',
          area: 'server',
          title: 'WAL archiving',
          collect: archivingSql,
          judge: judgeArchiving,
        },
        forMonitors(
          { isMonitor, roleName },
          {
            check: 'server.archive-queue',
            area: 'server',
            title: 'WAL files that wait to be archived',
            everyMinutes: 5,
            collect: queueSql,
            judge: judgeArchiveQueue,
          },
        ),
      ]
    : []
