import { and, eq, inArray, notInArray, sql } from 'drizzle-orm'
import { alerts } from '#drizzle/schema/alerts.ts'
import { incidentEvents, incidents } from '#drizzle/schema/incidents.ts'
import type { Tx } from '#lib/db/client.ts'
import { refuse } from '#lib/errors.ts'
import { getTarget } from '#lib/targets/queries.ts'
import { defineVerb } from '#lib/verb.ts'
import { openIncidentInput } from './input.ts'
import { measureLoss, sumLoss } from './measure-loss.ts'

export interface OpenedIncident {
  incidentId: string
  number: number
  /** False when the target's open incident was joined. */
  opened: boolean
}

/**
 * Opens the target's incident, or with `join` adds alerts to the one that is open. Repeating it with `join` changes
 * nothing more; without, the second is refused. A target has one open incident: a unique index decides a race.
 */
export const openIncident = defineVerb({
  action: 'incidents.open',
  input: openIncidentInput,
  async act({ tx, actorText }, input) {
    const target = await getTarget(tx, input.targetId)
    const beganAt = input.beganAt ?? new Date()
    if (beganAt.getTime() > Date.now() + 60_000) {
      return refuse('began-in-future', 'An incident cannot have begun in the future.', 'Check the time zone.')
    }
    const [made] = await tx
      .insert(incidents)
      .values({
        targetId: target.id,
        title: input.title,
        severity: input.severity,
        openedBy: actorText,
        beganAt,
        rowsLost: sumLoss(await measureLoss(tx, target.id, beganAt, null)),
      })
      .onConflictDoNothing()
      .returning()
    if (made) {
      await tx.insert(incidentEvents).values({
        incidentId: made.id,
        kind: 'opened',
        actor: actorText,
        body: input.note ? `${input.title}\n${input.note}` : input.title,
      })
    }
    const incident = made ?? (await findOpen(tx, target.id))
    if (!incident) return refuse('try-again', 'The incident was closed meanwhile.', 'Open it again.')
    if (!made && !input.join) {
      return refuse(
        'incident-open',
        `Incident #${incident.number} is open on ${target.name} already.`,
        `Add to it: holdfast incidents note ${incident.number} TEXT`,
      )
    }
    if (!made) {
      await tx
        .update(incidents)
        .set({
          beganAt: sql`least(${incidents.beganAt}, ${beganAt.toISOString()}::timestamptz)`,
          severity: input.severity === 'EMERGENCY' ? 'EMERGENCY' : incident.severity,
          title: input.sharpens && incident.openedBy.startsWith('worker:') ? input.title : incident.title,
        })
        .where(eq(incidents.id, incident.id))
    }
    await linkAlerts(tx, incident.id, target.id, input.alertIds, actorText)
    return {
      value: { incidentId: incident.id, number: incident.number, opened: Boolean(made) },
      audit: {
        subject: `incident:${incident.id}`,
        target: target.name,
        reason: input.note ?? null,
        detail: {
          number: incident.number,
          title: incident.title,
          joined: !made,
          alerts: input.alertIds.length,
        },
      },
      changed: ['incidents', 'alerts'],
    }
  },
})

async function findOpen(tx: Tx, targetId: string) {
  const [row] = await tx
    .select()
    .from(incidents)
    .where(and(eq(incidents.targetId, targetId), notInArray(incidents.status, ['resolved', 'closed'])))
    .for('update')
  return row ?? null
}

async function linkAlerts(tx: Tx, incidentId: string, targetId: string, alertIds: string[], actor: string) {
  if (alertIds.length === 0) return
  const linked = await tx
    .update(alerts)
    .set({ incidentId })
    .where(
      and(
        inArray(alerts.id, alertIds),
        eq(alerts.targetId, targetId),
        sql`${alerts.incidentId} is distinct from ${incidentId}::uuid`,
      ),
    )
    .returning({ title: alerts.title, severity: alerts.severity })
  if (linked.length === 0) return
  await tx.insert(incidentEvents).values(
    linked.map((alert) => ({
      incidentId,
      kind: 'alert' as const,
      actor,
      body: `${alert.title} (${alert.severity})`,
    })),
  )
}
