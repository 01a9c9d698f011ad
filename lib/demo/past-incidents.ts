import { and, eq, lt } from 'drizzle-orm'
import { alertEvents, alerts } from '#drizzle/schema/alerts.ts'
import { users } from '#drizzle/schema/auth.ts'
import { incidentEvents, incidents } from '#drizzle/schema/incidents.ts'
import { targets } from '#drizzle/schema/targets.ts'
import type { Db, Tx } from '#lib/db/client.ts'

type Severity = typeof incidents.$inferInsert.severity
type EventKind = typeof incidentEvents.$inferInsert.kind

interface PastIncident {
  title: string
  kind: (typeof incidents.$inferInsert)['kind']
  severity: Severity
  commander: string
  /** Days before today, and minutes into that day (UTC): people work on incidents when they are awake. */
  began: [daysAgo: number, minute: number]
  /** Minutes after the beginning. */
  openedAfter: number
  acknowledgedAfter: number
  stableAfter: number
  resolvedAfter: number
  closedAfter: number
  rowsLost: number | null
  rowsRecovered: number | null
  resolution: string
  alert: { fingerprint: string; title: string; details: string; severity: Severity }
  events: [minutesAfter: number, kind: EventKind, actor: string, body: string][]
}

const hour = 60
const day = 24 * hour
const ines = 'user:ines@salons.example'
const kofi = 'user:kofi@salons.example'
const tom = 'user:tom@salons.example'

const past: PastIncident[] = [
  {
    title: 'Three stylists cannot sign in after the roster import',
    kind: 'locked-out',
    severity: 'CRITICAL',
    commander: 'ines@salons.example',
    began: [9, 13 * hour + 2],
    openedAfter: 4,
    acknowledgedAfter: 7,
    stableAfter: 96,
    resolvedAfter: 118,
    closedAfter: 20 * hour,
    rowsLost: null,
    rowsRecovered: null,
    resolution:
      'The roster import set is_active = false for stylists missing from its file. The three memberships were switched on again by hand after checking each with the salon; the import now stops when it would deactivate anybody.',
    alert: {
      fingerprint: 'health:membership.inactive:salon-members',
      title: 'Users with only inactive memberships',
      details: '3 of 320 living users have only inactive memberships.',
      severity: 'CRITICAL',
    },
    events: [
      [4, 'opened', tom, 'Three stylists cannot sign in after the roster import'],
      [7, 'commander', ines, 'Takes command of the incident'],
      [7, 'status', ines, 'open → investigating'],
      [
        19,
        'note',
        ines,
        'All three are from Velvet Shears. Their role rows are there; only the memberships are inactive.',
      ],
      [
        41,
        'note',
        kofi,
        'updated_by is roster-import on all three, within one second. The file that ran had 11 of 14 stylists in it.',
      ],
      [58, 'note', ines, 'Called the salon: all three work there. Import is paused.'],
      [96, 'status', ines, 'investigating → stable'],
      [118, 'status', ines, 'stable → resolved\nMemberships switched on again, import fixed.'],
      [20 * hour, 'status', kofi, 'resolved → closed'],
    ],
  },
  {
    title: 'Revenue report three times slower than normal',
    kind: 'performance',
    severity: 'WARNING',
    commander: 'kofi@salons.example',
    began: [5, 7 * hour],
    openedAfter: 35,
    acknowledgedAfter: 36,
    stableAfter: 300,
    resolvedAfter: 372,
    closedAfter: 2 * day,
    rowsLost: 0,
    rowsRecovered: null,
    resolution:
      'A reporting session had been idle in a transaction since the night; dead rows could not be cleaned up. Ended it, ran VACUUM ANALYZE on invoices and invoice_lines, back to normal within minutes.',
    alert: {
      fingerprint: 'performance:month-revenue',
      title: 'month-revenue is slower than its baseline',
      details: 'The probe took more than three times its baseline in every measurement for five hours.',
      severity: 'WARNING',
    },
    events: [
      [35, 'opened', kofi, 'Revenue report three times slower than normal'],
      [36, 'commander', kofi, 'Takes command of the incident'],
      [36, 'status', kofi, 'open → investigating'],
      [
        80,
        'note',
        kofi,
        'Plan unchanged, but 40 % of invoice_lines are dead rows. Autovacuum runs and removes nothing.',
      ],
      [
        142,
        'note',
        tom,
        'Found it: a session of the reporting tool idle in transaction since the night. It holds the horizon.',
      ],
      [300, 'status', kofi, 'investigating → stable'],
      [372, 'status', kofi, 'stable → resolved\nSession ended, tables vacuumed.'],
      [2 * day, 'status', kofi, 'resolved → closed'],
    ],
  },
]

/** Writes the demo's closed incidents with their alerts, oldest first. Safe to repeat. */
export async function writePastIncidents(db: Db, targetId: string): Promise<void> {
  await db.transaction(async (tx) => {
    const [written] = await tx
      .select({ id: incidents.id })
      .from(incidents)
      .innerJoin(targets, eq(targets.id, incidents.targetId))
      .where(and(eq(incidents.targetId, targetId), lt(incidents.beganAt, targets.createdAt)))
      .limit(1)
    if (written) return
    for (const incident of past) await writeIncident(tx, targetId, incident)
  })
}

const dayMs = 86_400_000
const startOfDay = (time: number): number => time - (time % dayMs)

async function writeIncident(tx: Tx, targetId: string, incident: PastIncident): Promise<void> {
  const [daysAgo, minute] = incident.began
  const began = startOfDay(Date.now()) - daysAgo * dayMs + minute * 60_000
  const after = (minutes: number): Date => new Date(began + minutes * 60_000)
  const [commander] = await tx.select({ id: users.id }).from(users).where(eq(users.email, incident.commander))
  const [made] = await tx
    .insert(incidents)
    .values({
      title: incident.title,
      kind: incident.kind,
      severity: incident.severity,
      status: 'closed',
      targetId,
      commanderId: commander?.id ?? null,
      openedAt: after(incident.openedAfter),
      openedBy: incident.events[0]![2],
      beganAt: after(0),
      acknowledgedAt: after(incident.acknowledgedAfter),
      stableAt: after(incident.stableAfter),
      resolvedAt: after(incident.resolvedAfter),
      closedAt: after(incident.closedAfter),
      rowsLost: incident.rowsLost,
      rowsRecovered: incident.rowsRecovered,
      resolution: incident.resolution,
    })
    .returning({ id: incidents.id })
  await tx.insert(incidentEvents).values(
    incident.events.map(([minutes, kind, actor, body]) => ({
      incidentId: made!.id,
      at: after(minutes),
      kind,
      actor,
      body,
    })),
  )
  const [alert] = await tx
    .insert(alerts)
    .values({
      targetId,
      ...incident.alert,
      status: 'resolved',
      firstSeenAt: after(1),
      lastSeenAt: after(incident.stableAfter),
      occurrences: Math.round(incident.stableAfter / 10),
      acknowledgedAt: after(incident.acknowledgedAfter),
      acknowledgedBy: incident.events[1]![2],
      resolvedAt: after(incident.stableAfter + 1),
      resolvedBy: 'worker:start',
      incidentId: made!.id,
    })
    .returning({ id: alerts.id })
  await tx.insert(alertEvents).values([
    { alertId: alert!.id, at: after(1), kind: 'fired', actor: 'worker:start', note: incident.alert.details },
    {
      alertId: alert!.id,
      at: after(incident.acknowledgedAfter),
      kind: 'acknowledged',
      actor: incident.events[1]![2],
      note: 'Looking.',
    },
    {
      alertId: alert!.id,
      at: after(incident.stableAfter + 1),
      kind: 'resolved',
      actor: 'worker:start',
      note: 'The check is healthy again.',
    },
  ])
}
