import { listWindows } from '#lib/alerts/windows/queries.ts'
import { windowsInEffect } from '#lib/alerts/windows/window-rule.ts'
import type { Db } from '#lib/db/client.ts'
import { judgeFleetLine } from '#lib/overview/fleet-line.ts'
import type { Fleet, FleetLine } from '#lib/overview/types.ts'
import { loadSql } from '#lib/sql/load-sql.ts'
import type { Environment } from '#lib/targets/types.ts'

const fleetSql = loadSql(new URL('./sql/fleet.sql', import.meta.url))

/** A page shows the worst of many; the rest is a number. */
const mostLines = 24

interface FleetRow {
  id: string
  name: string
  kind: FleetLine['kind']
  environment: Environment
  added_at: string
  exposure_minutes: number
  proof_hours: number
  archive_at: string | null
  proven_at: string | null
  firing: number
  critical: number
  alert: string | null
  incident_id: string | null
  incident_number: number | null
  checked_at: string | null
}

/** The store's client leaves instants as they come. */
const instant = (text: string | null): Date | null => (text === null ? null : new Date(text))

const rank: Record<FleetLine['status'], number> = { critical: 0, attention: 1, unknown: 2, calm: 3 }

/** All targets, the worst first, in one query and a second for the windows in effect. */
export async function readFleet(db: Db, now: Date): Promise<Fleet> {
  const [rows, windows] = await Promise.all([db.$client.unsafe<FleetRow[]>(fleetSql), listWindows(db)])
  const lines = rows
    .map((row): FleetLine => {
      const facts = {
        kind: row.kind,
        addedAt: new Date(row.added_at),
        archiveAt: instant(row.archive_at),
        exposureMs: row.exposure_minutes * 60_000,
        provenAt: instant(row.proven_at),
        proofMs: row.proof_hours * 3_600_000,
        firing: row.firing,
        critical: row.critical,
        alert: row.alert,
        incidentNumber: row.incident_number,
        checkedAt: instant(row.checked_at),
        maintenance: windowsInEffect(windows, row.id, now)[0]?.window.title ?? null,
      }
      return {
        id: row.id,
        name: row.name,
        kind: row.kind,
        environment: row.environment,
        ...judgeFleetLine(facts, now),
        archiveAt: facts.archiveAt,
        exposureMs: facts.exposureMs,
        provenAt: facts.provenAt,
        proofMs: facts.proofMs,
        firing: facts.firing,
        incident:
          row.incident_id && row.incident_number !== null
            ? { id: row.incident_id, number: row.incident_number }
            : null,
      }
    })
    .sort((a, b) => rank[a.status] - rank[b.status])
  return {
    lines: lines.slice(0, mostLines),
    total: lines.length,
    calm: lines.filter(({ status }) => status === 'calm').length,
  }
}
