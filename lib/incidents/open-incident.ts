import { and, eq, inArray, isNull, notInArray, sql } from 'drizzle-orm'
import { alerts } from '#drizzle/schema/alerts.ts'
import { incidentEvents, incidents } from '#drizzle/schema/incidents.ts'
import type { Tx } from '#lib/db/client.ts'
import { refuse } from '#lib/errors.ts'
import { listOnCallNow } from '#lib/on-call/find-on-call.ts'
import { getTarget } from '#lib/targets/queries.ts'
import { defineVerb } from '#lib/verb.ts'
import { openIncidentInput } from './input.ts'
import { keepLastGoodState } from './last-good-state/keep-last-good-state.ts'
import { measureLoss, sumLoss } from './measure-loss.ts'
import { getIncident } from './queries.ts'
import { tellChannels } from './tell-channels.ts'
import { type Severity, severities } from './types.ts'

export interface OpenedIncident {
  incidentId: string
  number: number
  /** False when the target's open incident was joined. */
  opened: boolean
}

/**
 * Opens the incident of a target, or of Holdfast itself, or with `join` adds alerts to the one that is open. A critical one
 * is given to whoever is on call; its channels are told. Repeating it with `join` changes nothing more; without, the second
 * is refused. A target has one open incident: a unique index decides a race.
 */
export const openIncident = defineVerb({
  action: 'incidents.open',
  input: openIncidentInput,
  async act({ tx, actor, actorText }, input) {
    const target = input.targetId === null ? null : await getTarget(tx, input.targetId)
    const beganAt = input.beganAt ?? new Date()
    if (beganAt.getTime() > Date.now() + 60_000) {
      return refuse('began-in-future', 'An incident cannot have begun in the future.', 'Check the time zone.')
    }
    const assignee = isGrave(input.severity) ? (await listOnCallNow(tx, new Date()))[0] : undefined
    const [made] = await tx
      .insert(incidents)
      .values({
        targetId: target?.id ?? null,
        title: input.title,
        kind: input.kind,
        severity: input.severity,
        assigneeId: assignee?.userId ?? null,
        openedBy: actorText,
        beganAt,
        rowsLost: target ? sumLoss(await measureLoss(tx, target.id, beganAt, null)) : null,
      })
      .onConflictDoNothing()
      .returning()
    const incident = made ?? (await findOpen(tx, input.targetId))
    if (!incident) return refuse('try-again', 'The incident was closed meanwhile.', 'Open it again.')
    if (!made && !input.join) {
      return refuse(
        'incident-open',
        `Incident #${incident.number} is open on ${target?.name ?? 'Holdfast itself'} already.`,
        `Add to it: holdfast incidents note ${incident.number} TEXT`,
      )
    }
    if (!made) await joinIncident(tx, incident, input, beganAt)
    await linkAlerts(tx, incident.id, input.targetId, input.alertIds, actorText)
    if (made) {
      const [event] = await tx
        .insert(incidentEvents)
        .values({
          incidentId: made.id,
          kind: 'opened',
          actor: actorText,
          body: input.note ? `${input.title}\n${input.note}` : input.title,
        })
        .returning({ id: incidentEvents.id })
      if (assignee) {
        await tx.insert(incidentEvents).values({
          incidentId: made.id,
          kind: 'assignee',
          actor: actorText,
          body: `Assigned to ${assignee.email}, who is on call (${assignee.rotation})`,
        })
      }
      await keepLastGoodState(tx, made, new Date())
      await tellChannels(tx, await getIncident(tx, made.id), {
        eventId: event!.id,
        title: `Incident #${made.number} opened: ${input.title}`,
        text: input.note ?? 'Its page has the timeline, what is known of the loss and the next step.',
        // What a rule opens, its alerts page for; a person's word has nothing else that would.
        status: actor.kind !== 'worker' && isGrave(input.severity) ? 'firing' : 'info',
        channelIds: null,
        heldBecause: input.heldBecause,
      })
    }
    return {
      value: { incidentId: incident.id, number: incident.number, opened: Boolean(made) },
      audit: {
        subject: `incident:${incident.id}`,
        target: target?.name ?? null,
        reason: input.note ?? null,
        detail: {
          number: incident.number,
          title: incident.title,
          kind: incident.kind,
          joined: !made,
          alerts: input.alertIds.length,
        },
      },
      changed: ['incidents', 'alerts'],
    }
  },
})

const isGrave = (severity: Severity): boolean =>
  severities.indexOf(severity) >= severities.indexOf('CRITICAL')

const ofTarget = (targetId: string | null) =>
  targetId === null ? isNull(incidents.targetId) : eq(incidents.targetId, targetId)

async function findOpen(tx: Tx, targetId: string | null) {
  const [row] = await tx
    .select()
    .from(incidents)
    .where(and(ofTarget(targetId), notInArray(incidents.status, ['resolved', 'closed'])))
    .for('update')
  return row ?? null
}

/** What joins it may show that it began earlier, is graver, or what it is about. */
async function joinIncident(
  tx: Tx,
  incident: typeof incidents.$inferSelect,
  input: { severity: Severity; sharpens: boolean; title: string; kind: typeof incident.kind },
  beganAt: Date,
): Promise<void> {
  const sharpens = input.sharpens && incident.openedBy.startsWith('worker:')
  await tx
    .update(incidents)
    .set({
      beganAt: sql`least(${incidents.beganAt}, ${beganAt.toISOString()}::timestamptz)`,
      severity: input.severity === 'EMERGENCY' ? 'EMERGENCY' : incident.severity,
      title: sharpens ? input.title : incident.title,
      kind: sharpens ? input.kind : incident.kind,
    })
    .where(eq(incidents.id, incident.id))
}

async function linkAlerts(
  tx: Tx,
  incidentId: string,
  targetId: string | null,
  alertIds: string[],
  actor: string,
) {
  if (alertIds.length === 0) return
  const linked = await tx
    .update(alerts)
    .set({ incidentId })
    .where(
      and(
        inArray(alerts.id, alertIds),
        targetId === null ? isNull(alerts.targetId) : eq(alerts.targetId, targetId),
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
