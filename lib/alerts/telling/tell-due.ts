import { and, eq, isNull, lte, or } from 'drizzle-orm'
import { alertEvents, alerts } from '#drizzle/schema/alerts.ts'
import { targets } from '#drizzle/schema/targets.ts'
import { findRoute, type Route } from '#lib/alerts/routes/route-rule.ts'
import { findSilence } from '#lib/alerts/silences/silence-rule.ts'
import { windowsInEffect } from '#lib/alerts/windows/window-rule.ts'
import type { Tx } from '#lib/db/client.ts'
import { countOf } from '#lib/format/format-count.ts'
import { composeMessage, type ToldKind } from './compose-message.ts'
import { fileMessages } from './file-messages.ts'
import { planRecipients } from './recipients.ts'
import { readTelling, type Telling } from './telling.ts'
import { listToldKinds } from './told-kinds.ts'

type AlertRow = typeof alerts.$inferSelect

/** What is done together: the same step of the same route for the same reason. */
interface Group {
  route: Route
  stepIndex: number
  kind: ToldKind
  members: AlertRow[]
}

const actor = 'worker:routes'

/**
 * Does the steps of the routes that are due for the alerts of a target (null: about Holdfast itself), in the caller's
 * transaction, which holds `lockAlerts`. What is due at once is one message. In a maintenance window it is held, and due
 * again when that ends; what a silence covers becomes silenced. Safe to repeat. Returns how many alerts changed.
 */
export async function tellDue(tx: Tx, targetId: string | null, now: Date): Promise<number> {
  const due = await tx
    .select()
    .from(alerts)
    .where(
      and(
        targetId === null ? isNull(alerts.targetId) : eq(alerts.targetId, targetId),
        eq(alerts.status, 'firing'),
        or(lte(alerts.nextStepAt, now), and(isNull(alerts.nextStepAt), isNull(alerts.routeId))),
      ),
    )
    .orderBy(alerts.id)
    .for('update')
  if (due.length === 0) return 0
  const telling = await readTelling(tx, now)
  const [target = null] = targetId
    ? await tx
        .select({ name: targets.name, environment: targets.environment })
        .from(targets)
        .where(eq(targets.id, targetId))
    : []
  const kinds = await listToldKinds(
    tx,
    due.map(({ id }) => id),
  )
  const groups = new Map<string, Group>()
  let changed = 0
  for (const alert of due) {
    const silence = findSilence(telling.silences, alert, now)
    if (silence) {
      await tx
        .update(alerts)
        .set({ status: 'silenced', silencedUntil: silence.endsAt, nextStepAt: null })
        .where(eq(alerts.id, alert.id))
      await record(tx, alert.id, 'silenced', `Until ${silence.endsAt.toISOString()}. ${silence.reason}`)
      changed++
      continue
    }
    const routed = await routeAlert(tx, telling, alert, target?.environment ?? null, now)
    if (routed.changed) changed++
    if (!routed.route) continue
    const { route } = routed
    const isAgain = alert.step >= route.steps.length
    if (isAgain && route.repeatMinutes === null) {
      // The route has become shorter meanwhile.
      await tx.update(alerts).set({ nextStepAt: null }).where(eq(alerts.id, alert.id))
      continue
    }
    const stepIndex = isAgain ? 0 : alert.step
    const kind = isAgain ? 'reminded' : stepIndex > 0 ? 'escalated' : (kinds.get(alert.id) ?? 'fired')
    const key = `${route.id}|${stepIndex}|${kind}`
    const group = groups.get(key) ?? { route, stepIndex, kind, members: [] }
    group.members.push({ ...alert, round: alert.round + (isAgain ? 1 : 0) })
    groups.set(key, group)
  }
  const [window] = windowsInEffect(telling.windows, targetId, now)
  for (const group of groups.values()) {
    const scope = { tx, telling, target, now }
    if (window) {
      const why = `Maintenance: ${window.window.title}`
      const step = `held-${window.window.id}-${window.startsAt.getTime()}`
      changed += (await holdGroup(scope, group, why, step)) ? group.members.length : 0
    } else {
      await tellGroup(scope, group)
      changed += group.members.length
    }
  }
  return changed
}

interface TellScope {
  tx: Tx
  telling: Telling
  target: { name: string; environment: string } | null
  now: Date
}

const record = (tx: Tx, alertId: string, kind: 'told' | 'held' | 'silenced', note: string) =>
  tx.insert(alertEvents).values({ alertId, kind, actor, note })

/** The route that the alert follows, if its step is due now. A route that was changed meanwhile counts as it is now. */
async function routeAlert(
  tx: Tx,
  { routes, channels }: Telling,
  alert: AlertRow,
  environment: string | null,
  now: Date,
): Promise<{ route: Route | null; changed: boolean }> {
  const current = findRoute(routes, channels, { ...alert, environment })
  if (alert.routeId !== null && current?.id === alert.routeId) return { route: current, changed: false }
  if (!current || current.steps.length === 0) {
    if (alert.routeId === null && alert.nextStepAt === null) return { route: null, changed: false }
    await tx.update(alerts).set({ routeId: null, nextStepAt: null, step: 0 }).where(eq(alerts.id, alert.id))
    return { route: null, changed: true }
  }
  const isStarting = alert.step === 0
  const from = alert.nextStepAt && isStarting ? alert.nextStepAt : now
  const dueAt = new Date(from.getTime() + current.steps[0]!.afterMinutes * 60_000)
  alert.step = 0
  await tx
    .update(alerts)
    .set({ routeId: current.id, step: 0, nextStepAt: dueAt })
    .where(eq(alerts.id, alert.id))
  return { route: dueAt <= now ? current : null, changed: true }
}

function planGroup({ telling, target, now }: TellScope, { route, stepIndex, kind, members }: Group) {
  const step = route.steps[stepIndex]!
  const { recipients, missing } = planRecipients(step, telling.channels, telling.rotations, telling.onCall)
  const following = route.steps[stepIndex + 1]
  const waitMinutes = following ? following.afterMinutes : route.repeatMinutes
  const next =
    waitMinutes === null
      ? null
      : `${following ? `step ${stepIndex + 2} of ${route.steps.length}` : 'told again'} ${
          recipients.length === 0 ? 'at once' : `after ${countOf(waitMinutes, 'minute')}`
        }, unless somebody acknowledges`
  const message = composeMessage(kind, members, target, now, next)
  return { recipients, missing, message, waitMinutes }
}

async function holdGroup(
  scope: TellScope,
  group: Group,
  heldBecause: string,
  step: string,
): Promise<boolean> {
  const { recipients, message } = planGroup(scope, group)
  const { kind, members } = group
  const isNew = await fileMessages(
    scope.tx,
    { kind, alerts: members, step: `${group.stepIndex}-${step}`, message, heldBecause },
    recipients,
  )
  if (isNew) {
    for (const { id } of members) {
      await record(
        scope.tx,
        id,
        'held',
        `${heldBecause}. It is told when the window ends, if it is still there.`,
      )
    }
  }
  return isNew
}

async function tellGroup(scope: TellScope, group: Group): Promise<void> {
  const { tx, now } = scope
  const { route, stepIndex, kind, members } = group
  const { recipients, missing, message, waitMinutes } = planGroup(scope, group)
  await fileMessages(tx, { kind, alerts: members, step: String(stepIndex), message }, recipients)
  // A step that reaches nobody is not waited for; a chain that reaches nobody at all waits like any other.
  const isLast = stepIndex === route.steps.length - 1
  const waitMs = recipients.length === 0 && !isLast ? 0 : (waitMinutes ?? 0) * 60_000
  const nextStepAt = waitMinutes === null ? null : new Date(now.getTime() + waitMs)
  for (const { id, round } of members) {
    await tx
      .update(alerts)
      .set({ routeId: route.id, step: stepIndex + 1, nextStepAt, round })
      .where(eq(alerts.id, id))
  }
  const whom = recipients.map(({ who }) => who)
  const note = [
    `Step ${stepIndex + 1} of “${route.name}”: ${whom.length > 0 ? whom.join(', ') : 'nobody'}`,
    ...missing,
  ].join('; ')
  for (const { id } of members) await record(tx, id, 'told', `${note}.`)
}
