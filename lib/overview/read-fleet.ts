import { sql } from 'drizzle-orm'
import { alerts } from '#drizzle/schema/alerts.ts'
import { backups, drills } from '#drizzle/schema/backups.ts'
import { healthStates } from '#drizzle/schema/health.ts'
import { incidents } from '#drizzle/schema/incidents.ts'
import { policies, targets } from '#drizzle/schema/targets.ts'
import { listWindows } from '#lib/alerts/windows/queries.ts'
import { windowsInEffect } from '#lib/alerts/windows/window-rule.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { judgeFleetLine } from '#lib/overview/fleet-line.ts'
import type { Fleet, FleetLine } from '#lib/overview/types.ts'
import type { Environment } from '#lib/targets/types.ts'

/** A page shows the worst of many; the rest is a number. */
const mostLines = 24

interface FleetRow extends Record<string, unknown> {
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
export async function readFleet(db: DbOrTx, now: Date): Promise<Fleet> {
  const [rows, windows] = await Promise.all([readRows(db), listWindows(db)])
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

/** Each target with its newest good archive and proof, what fires, its open incident and its newest finding. */
const readRows = (db: DbOrTx): Promise<FleetRow[]> =>
  db.execute<FleetRow>(sql`
    select t.id, t.name, t.kind, t.environment, t.created_at as added_at,
      (p.document -> 'objectives' ->> 'exposureMinutes')::int as exposure_minutes,
      (p.document -> 'objectives' ->> 'proofHours')::int as proof_hours,
      a.taken_at as archive_at, d.finished_at as proven_at,
      coalesce(f.firing, 0)::int as firing, coalesce(f.critical, 0)::int as critical, f.title as alert,
      i.id as incident_id, i.number as incident_number, h.newest_at as checked_at
    from ${targets} t
    left join lateral (
      select document from ${policies} where target_id = t.id order by version desc limit 1
    ) p on true
    left join lateral (
      select b.taken_at from ${backups} b
      where b.target_id = t.id and b.kind = 'archive' and b.status = 'good' and b.origin = 'holdfast'
      order by b.taken_at desc limit 1
    ) a on true
    left join lateral (
      select d.finished_at from ${drills} d join ${backups} b on b.id = d.backup_id
      where d.target_id = t.id and d.verdict = 'passed' and b.origin = 'holdfast'
      order by d.finished_at desc limit 1
    ) d on true
    left join (
      select target_id, count(*) as firing, count(*) filter (where severity in ('CRITICAL', 'EMERGENCY')) as critical,
        (array_agg(title order by array_position(array['EMERGENCY', 'CRITICAL', 'WARNING'], severity), last_seen_at desc))[1] as title
      from ${alerts} where status = 'firing' and severity <> 'INFO' group by target_id
    ) f on f.target_id = t.id
    left join ${incidents} i on i.target_id = t.id and i.status not in ('resolved', 'closed')
    left join lateral (
      select checked_at as newest_at from ${healthStates} where target_id = t.id order by checked_at desc limit 1
    ) h on true
    where t.removed_at is null
    order by t.kind, t.name
    limit 1000`)
