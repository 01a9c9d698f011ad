import { listWindows } from '#lib/alerts/windows/queries.ts'
import { windowOccurrences, windowsInEffect } from '#lib/alerts/windows/window-rule.ts'
import type { Db } from '#lib/db/client.ts'
import { addDays } from '#lib/format/zoned-day.ts'
import { loadSql } from '#lib/sql/load-sql.ts'
import { type DayEvidence, dayState, overallState, serviceState } from '#lib/status/judge-service.ts'
import { judgeTarget } from '#lib/status/judge-state.ts'
import { readState } from '#lib/status/read-state.ts'
import type { PublicStatus, PublicWindow, StatusPageSettings } from '#lib/status/types.ts'

const daysSql = loadSql(new URL('./sql/read_days.sql', import.meta.url))

export const historyDays = 90
const dayMs = 86_400_000
const windowsAheadMs = 14 * dayMs

/**
 * What the public page says now: each service under its public name, from the evidence that the console has. Nothing else
 * leaves this function: no target, no check, no number, no text of a database.
 */
export async function readPublicStatus(db: Db, page: StatusPageSettings, now: Date): Promise<PublicStatus> {
  const today = now.toISOString().slice(0, 10)
  const first = addDays(today, 1 - historyDays)
  const ids = page.services.map(({ targetId }) => targetId)
  const [state, evidence, allWindows] = await Promise.all([
    readState(db),
    ids.length === 0 ? [] : readDays(db, ids, first),
    listWindows(db),
  ])
  const windows = allWindows.filter(({ isPublic }) => isPublic)
  const services = page.services.map(({ targetId, name }) => {
    const target = state.targets.find(({ id }) => id === targetId)
    const own = new Map(evidence.filter((each) => each.targetId === targetId).map((each) => [each.day, each]))
    const inMaintenance = windowsInEffect(windows, targetId, now).length > 0
    return {
      name,
      state: target
        ? serviceState(target.reach, judgeTarget(target, state), { inMaintenance })
        : ('unknown' as const),
      days: Array.from({ length: historyDays }, (_, index) => {
        const day = addDays(first, index)
        return { day, state: dayState(own.get(day)) }
      }),
    }
  })
  return {
    title: page.title,
    notice: page.notice,
    overall: overallState(services.map((service) => service.state)),
    services,
    windows: publicWindows(page, windows, now),
    at: now,
  }
}

function publicWindows(
  { services }: StatusPageSettings,
  windows: Awaited<ReturnType<typeof listWindows>>,
  now: Date,
): PublicWindow[] {
  return windows
    .map((window) => ({
      window,
      about: services
        .filter(({ targetId }) => window.targetId === null || window.targetId === targetId)
        .map(({ name }) => name),
    }))
    .filter(({ about }) => about.length > 0)
    .flatMap(({ window, about }) =>
      windowOccurrences(window, now, new Date(now.getTime() + windowsAheadMs))
        .slice(0, 5)
        .map((times) => ({ title: window.title, ...times, services: about })),
    )
    .sort((a, b) => a.startsAt.getTime() - b.startsAt.getTime())
    .slice(0, 20)
}

interface DayRow extends DayEvidence {
  targetId: string
}

const readDays = (db: Db, targetIds: string[], first: string): Promise<DayRow[]> =>
  db.$client.unsafe<DayRow[]>(daysSql, [targetIds as never, `${first}T00:00:00Z`])
