import { and, eq, inArray, ne, sql } from 'drizzle-orm'
import { alertEvents, alerts } from '#drizzle/schema/alerts.ts'
import { incidents } from '#drizzle/schema/incidents.ts'
import { appendAudit } from '#lib/audit/append-audit.ts'
import { type Ctx, formatActor } from '#lib/context.ts'
import { announceChanges } from '#lib/db/changes.ts'
import type { Tx } from '#lib/db/client.ts'
import { openIncident } from '#lib/incidents/open-incident.ts'
import { findOpenIncident } from '#lib/incidents/queries.ts'
import { refreshIncident } from '#lib/incidents/refresh-incident.ts'
import { log } from '#lib/log.ts'
import { findFirstDelete, findRelatedDeletes, getAlertFacts } from './facts.ts'
import { judgeIncident, type RuleAlert } from './incident-rule.ts'
import { judgeFacts } from './problems.ts'
import { listLastResolved } from './queries.ts'
import { type AlertChange, type OpenAlert, planAlertChanges } from './transitions.ts'
import type { AlertFacts, Problem } from './types.ts'

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
    // Two evaluations of one target in turn: an older view of the facts must not undo what a newer one did.
    await tx.execute(sql`select pg_advisory_xact_lock(hashtext('holdfast:alerts'), hashtext(${targetId}))`)
    const facts = await getAlertFacts(tx, targetId)
    const changes = await applyJudgement(tx, ctx, targetId, facts)
    return { facts, changes }
  })
  const incidentId = await callIncident(ctx, targetId, facts)
  const count = (...kinds: AlertChange['kind'][]) =>
    changes.filter((change) => kinds.includes(change.kind)).length
  const open = await ctx.db.$count(alerts, and(eq(alerts.targetId, targetId), ne(alerts.status, 'resolved')))
  return { raised: count('raise', 'reopen'), resolved: count('resolve'), open, incidentId }
}

async function applyJudgement(tx: Tx, ctx: Ctx, targetId: string, facts: AlertFacts): Promise<AlertChange[]> {
  const judgement = judgeFacts(facts)
  const open = await tx
    .select()
    .from(alerts)
    .where(and(eq(alerts.targetId, targetId), ne(alerts.status, 'resolved')))
  const resolved = await listLastResolved(
    tx,
    targetId,
    judgement.problems.map((problem) => problem.fingerprint),
  )
  const changes = planAlertChanges(open as OpenAlert[], resolved, judgement, facts.now)
  if (changes.length === 0) return changes
  const actor = formatActor(ctx.actor)
  for (const change of changes) await applyChange(tx, actor, targetId, change)
  await announceChanges(tx, ['alerts'])
  await auditTurns(tx, actor, facts.targetName, changes, open)
  return changes
}

async function applyChange(tx: Tx, actor: string, targetId: string, change: AlertChange): Promise<void> {
  const record = (alertId: string, kind: (typeof alertEvents.$inferInsert)['kind'], note: string) =>
    tx.insert(alertEvents).values({ alertId, kind, actor, note })
  switch (change.kind) {
    case 'raise': {
      const { problem } = change
      const [made] = await tx
        .insert(alerts)
        .values({ targetId, firstSeenAt: problem.seenAt, ...seen(problem) })
        .onConflictDoNothing()
        .returning({ id: alerts.id })
      if (made) await record(made.id, 'fired', `${problem.severity}: ${problem.details}`)
      return
    }
    case 'reopen': {
      await tx
        .update(alerts)
        .set({
          ...seen(change.problem),
          status: 'firing',
          occurrences: sql`${alerts.occurrences} + 1`,
          acknowledgedAt: null,
          acknowledgedBy: null,
          silencedUntil: null,
          resolvedAt: null,
          resolvedBy: null,
        })
        .where(eq(alerts.id, change.id))
      await record(change.id, 'reopened', `It is back: ${change.problem.details}`)
      return
    }
    case 'see': {
      await tx
        .update(alerts)
        .set({ ...seen(change.problem), status: change.status, occurrences: sql`${alerts.occurrences} + 1` })
        .where(eq(alerts.id, change.id))
      if (change.worsened) {
        await record(change.id, 'worsened', `Now ${change.problem.severity}: ${change.problem.details}`)
      }
      return
    }
    case 'unsilence': {
      await tx.update(alerts).set({ status: 'firing', silencedUntil: null }).where(eq(alerts.id, change.id))
      await record(change.id, 'reopened', 'The silence ended and the problem is still there.')
      return
    }
    case 'resolve': {
      await tx
        .update(alerts)
        .set({ status: 'resolved', resolvedAt: sql`now()`, resolvedBy: actor })
        .where(eq(alerts.id, change.id))
      await record(change.id, 'resolved', 'The problem is gone.')
      return
    }
  }
}

const seen = (problem: Problem) => ({
  fingerprint: problem.fingerprint,
  title: problem.title,
  details: problem.details,
  remedy: problem.remedy,
  severity: problem.severity,
  lastSeenAt: problem.seenAt,
})

async function auditTurns(
  tx: Tx,
  actor: string,
  target: string,
  changes: AlertChange[],
  open: { id: string; fingerprint: string }[],
): Promise<void> {
  const raised = changes.flatMap((change) =>
    change.kind === 'raise' || change.kind === 'reopen' ? [change.problem.fingerprint] : [],
  )
  const gone = changes.flatMap((change) => (change.kind === 'resolve' ? [change.id] : []))
  const resolved = open.filter((alert) => gone.includes(alert.id)).map((alert) => alert.fingerprint)
  if (raised.length === 0 && resolved.length === 0) return
  await appendAudit(tx, {
    actor,
    action: 'alerts.evaluate',
    outcome: 'done',
    target,
    detail: { raised, resolved },
  })
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
  const { title, sharpens, severity, alertIds } = call
  const outcome = await openIncident(ctx, {
    targetId,
    title,
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
