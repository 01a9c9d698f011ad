import { and, asc, eq, gte } from 'drizzle-orm'
import { incidents } from '#drizzle/schema/incidents.ts'
import { targets } from '#drizzle/schema/targets.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { formatCsv } from '#lib/format/csv.ts'
import { startOfDay } from '#lib/format/zoned-day.ts'
import { readClocks } from '#lib/incidents/clocks.ts'
import { listMonths, reportMonths } from './report-months.ts'
import type { CountedIncident, MonthReport } from './types.ts'

export const longestMonths = 60

export interface ReportAsked {
  months: number
  /** Left out: every database, and Holdfast itself. */
  targetId?: string | undefined
  timeZone: string
}

interface ReportedIncident extends CountedIncident {
  number: number
  title: string
  status: string
  target: string | null
}

async function readIncidents(db: DbOrTx, asked: ReportAsked, now: Date): Promise<ReportedIncident[]> {
  const [first] = listMonths(asked.months, asked.timeZone, now)
  return db
    .select({
      number: incidents.number,
      title: incidents.title,
      status: incidents.status,
      target: targets.name,
      kind: incidents.kind,
      severity: incidents.severity,
      beganAt: incidents.beganAt,
      openedAt: incidents.openedAt,
      acknowledgedAt: incidents.acknowledgedAt,
      stableAt: incidents.stableAt,
      resolvedAt: incidents.resolvedAt,
      rowsLost: incidents.rowsLost,
      rowsRecovered: incidents.rowsRecovered,
    })
    .from(incidents)
    .leftJoin(targets, eq(targets.id, incidents.targetId))
    .where(
      and(
        gte(incidents.beganAt, startOfDay(`${first}-01`, asked.timeZone)),
        asked.targetId ? eq(incidents.targetId, asked.targetId) : undefined,
      ),
    )
    .orderBy(asc(incidents.beganAt))
    .limit(10_000) as Promise<ReportedIncident[]>
}

/** The months of a report, oldest first. Only reads. */
export async function readReport(db: DbOrTx, asked: ReportAsked, now: Date): Promise<MonthReport[]> {
  return reportMonths(await readIncidents(db, asked, now), asked.months, asked.timeZone, now)
}

const head = [
  'number',
  'title',
  'target',
  'kind',
  'severity',
  'status',
  'began_at',
  'detect_ms',
  'acknowledge_ms',
  'recover_ms',
  'resolve_ms',
  'rows_lost',
  'rows_recovered',
]

/** The incidents behind a report, one a line, with their clocks. Only reads. */
export async function exportReport(db: DbOrTx, asked: ReportAsked, now: Date): Promise<string> {
  const list = await readIncidents(db, asked, now)
  return formatCsv(
    head,
    list.map((incident) => {
      const clocks = readClocks(incident, now)
      return [
        incident.number,
        incident.title,
        incident.target,
        incident.kind,
        incident.severity,
        incident.status,
        incident.beganAt,
        clocks.detectMs,
        clocks.acknowledgeMs,
        clocks.recoverMs,
        clocks.resolveMs,
        incident.rowsLost,
        incident.rowsRecovered,
      ]
    }),
  )
}
