import { and, eq, inArray, ne } from 'drizzle-orm'
import { alerts } from '#drizzle/schema/alerts.ts'
import { incidents } from '#drizzle/schema/incidents.ts'
import { type Ctx, formatActor } from '#lib/context.ts'
import { openIncident } from '#lib/incidents/open-incident.ts'
import { findOpenIncident } from '#lib/incidents/queries.ts'
import { refreshIncident } from '#lib/incidents/refresh-incident.ts'
import { log } from '#lib/log.ts'
import { applyJudgement } from './apply-judgement.ts'
import { findFirstDelete, findRelatedDeletes, getAlertFacts } from './facts.ts'
import { judgeIncident, type RuleAlert } from './incident-rule.ts'
import { lockAlerts } from './lock-alerts.ts'
import { judgeFacts } from './problems.ts'
import { elsewherePrefix } from './raise-alert.ts'
import type { AlertChange } from './transitions.ts'
import type { AlertFacts } from './types.ts'

export interface Evaluation {
  raised: number
  resolved: number
  open: number
  incidentId: string | null
}

/**
 * Makes the target's open alerts say what is wrong now, and opens or feeds its incident where the rule calls for one.
 * Safe to repeat and to run at once in many processes: one problem has one open alert, the same evidence counts once.
 */
export async function evaluateAlerts(ctx: Ctx, targetId: string): Promise<Evaluation> {
  const { facts, changes } = await ctx.db.transaction(async (tx) => {
    await lockAlerts(tx, targetId)
    const facts = await getAlertFacts(tx, targetId)
    const { problems, unknown } = judgeFacts(facts)
    // What is judged elsewhere says nothing here: `raiseAlert`.
    const judgement = { problems, unknown: [...unknown, `${elsewherePrefix}*`] }
    const place = { targetId, targetName: facts.targetName }
    const changes = await applyJudgement(tx, formatActor(ctx.actor), place, judgement, facts.now)
    return { facts, changes }
  })
  const incidentId = await callIncident(ctx, targetId, facts)
  const count = (...kinds: AlertChange['kind'][]) =>
    changes.filter((change) => kinds.includes(change.kind)).length
  const open = await ctx.db.$count(alerts, and(eq(alerts.targetId, targetId), ne(alerts.status, 'resolved')))
  return { raised: count('raise', 'reopen'), resolved: count('resolve'), open, incidentId }
}

async function callIncident(ctx: Ctx, targetId: string, facts: AlertFacts): Promise<string | null> {
  const open = await findOpenIncident(ctx.db, targetId)
  const related = await findRelatedDeletes(ctx.db, targetId)
  const call = judgeIncident(facts, await listRuleAlerts(ctx, targetId), open, related)
  if (!call) {
    if (open) await refreshIncident(ctx, targetId)
    return open?.id ?? null
  }
  const firstDelete = await findFirstDelete(ctx.db, targetId, call.searchFrom)
  const beganAt = firstDelete && firstDelete < call.beganAt ? firstDelete : call.beganAt
  const { title, kind, sharpens, severity, alertIds } = call
  const outcome = await openIncident(ctx, {
    targetId,
    title,
    kind,
    sharpens,
    severity,
    beganAt,
    alertIds,
    join: true,
  })
  if (!outcome.ok) {
    log.warn({ targetId, refusal: outcome.refusal }, 'the incident that the rule called for was refused')
    return open?.id ?? null
  }
  await refreshIncident(ctx, targetId, beganAt)
  return outcome.value.incidentId
}

async function listRuleAlerts(ctx: Ctx, targetId: string): Promise<RuleAlert[]> {
  return ctx.db
    .select({
      id: alerts.id,
      fingerprint: alerts.fingerprint,
      severity: alerts.severity,
      firstSeenAt: alerts.firstSeenAt,
      lastSeenAt: alerts.lastSeenAt,
      incidentId: alerts.incidentId,
      incidentResolvedAt: incidents.resolvedAt,
    })
    .from(alerts)
    .leftJoin(incidents, eq(incidents.id, alerts.incidentId))
    .where(and(eq(alerts.targetId, targetId), inArray(alerts.status, ['firing', 'acknowledged', 'silenced'])))
}
