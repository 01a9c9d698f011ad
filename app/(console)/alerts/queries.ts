import { z } from 'zod'
import { defineRead } from '#app/_web/read.ts'
import { areaOf } from '#lib/alerts/area-of.ts'
import { type Alert, getShownAlert, listAlertEvents, listAlerts, listEarlier } from '#lib/alerts/queries.ts'
import { explainTelling, type TellingPlan } from '#lib/alerts/telling/explain-telling.ts'
import { listAlertDeliveries } from '#lib/alerts/telling/queries.ts'
import { readTellingPlan } from '#lib/alerts/telling/read-telling-plan.ts'
import { windowsInEffect } from '#lib/alerts/windows/window-rule.ts'
import { findOpenIncident } from '#lib/incidents/queries.ts'
import { getTarget, listTargets } from '#lib/targets/queries.ts'

/** What comes next of an alert on its way; null where nothing does because of what a person did. */
function nextOf(plan: TellingPlan, alert: Alert, environment: string | null, now: Date) {
  if (alert.status !== 'firing') return null
  const { route, silence, steps } = explainTelling(plan, { ...alert, environment }, now, alert)
  return { tellsNobody: route === null, silence, next: steps[0] ?? null }
}

export const alertsRead = defineRead({
  name: 'alerts',
  topics: ['alerts', 'channels', 'incidents', 'on-call'],
  audience: 'role',
  input: z.object({ targetId: z.uuid(), everywhere: z.boolean().default(false) }),
  async read({ db, user }, { targetId, everywhere }) {
    const now = new Date()
    const [target, targets, all, open, incident, plan] = await Promise.all([
      getTarget(db, targetId),
      listTargets(db),
      listAlerts(db, { targetId: everywhere ? undefined : targetId, limit: 150 }),
      listAlerts(db, { openOnly: true }),
      findOpenIncident(db, targetId),
      readTellingPlan(db, now),
    ])
    const elsewhere = new Map<string, number>()
    for (const { targetName, targetId: of, status } of open) {
      if (everywhere || of === targetId || !targetName || status !== 'firing') continue
      elsewhere.set(targetName, (elsewhere.get(targetName) ?? 0) + 1)
    }
    const told = await listAlertDeliveries(
      db,
      all.filter(({ status }) => status !== 'resolved').map(({ id }) => id),
    )
    const environmentOf = (id: string | null) => targets.find((one) => one.id === id)?.environment ?? null
    return {
      role: user.role,
      target: { id: target.id, name: target.name },
      everywhere,
      alerts: all.map((alert) => ({
        ...alert,
        area: areaOf(alert.fingerprint),
        telling: nextOf(plan, alert, environmentOf(alert.targetId), now),
        told: [
          ...new Map(
            told
              .filter(({ alertId, kind }) => alertId === alert.id && kind !== 'resolved')
              .map(({ channel, person, status, heldBecause }) => [
                person ?? channel,
                { who: person ?? channel, status, heldBecause },
              ]),
          ).values(),
        ],
      })),
      windows: windowsInEffect(plan.windows, targetId, now).map(({ window, endsAt }) => ({
        id: window.id,
        title: window.title,
        endsAt,
      })),
      hasChannel: plan.channels.some(({ kind }) => kind !== 'heartbeat'),
      hasRoute: plan.routes.length > 0,
      incident: incident && { id: incident.id, number: incident.number },
      elsewhere: [...elsewhere].map(([name, firing]) => ({ name, firing })),
    }
  },
})

export const alertRead = defineRead({
  name: 'alert',
  topics: ['alerts', 'channels', 'incidents', 'on-call'],
  audience: 'role',
  input: z.object({ alertId: z.uuid() }),
  async read({ db, user }, { alertId }) {
    const now = new Date()
    const alert = await getShownAlert(db, alertId)
    const [events, deliveries, earlier, plan, target, incident] = await Promise.all([
      listAlertEvents(db, [alert.id]),
      listAlertDeliveries(db, [alert.id]),
      listEarlier(db, alert),
      readTellingPlan(db, now),
      alert.targetId ? getTarget(db, alert.targetId) : null,
      alert.targetId ? findOpenIncident(db, alert.targetId) : null,
    ])
    const environment = target?.environment ?? null
    return {
      role: user.role,
      alert: { ...alert, area: areaOf(alert.fingerprint), environment },
      events,
      deliveries,
      earlier,
      openIncident: incident && { id: incident.id, number: incident.number },
      explanation:
        alert.status === 'firing' ? explainTelling(plan, { ...alert, environment }, now, alert) : null,
    }
  },
})
