import { and, eq, isNull, ne } from 'drizzle-orm'
import { alerts } from '#drizzle/schema/alerts.ts'
import { appendAudit } from '#lib/audit/append-audit.ts'
import { announceChanges } from '#lib/db/changes.ts'
import type { Tx } from '#lib/db/client.ts'
import { applyChange } from './apply-change.ts'
import { listLastResolved } from './queries.ts'
import { listSilences } from './silences/queries.ts'
import { tellDue } from './telling/tell-due.ts'
import { tellResolved } from './telling/tell-resolved.ts'
import { type AlertChange, type OpenAlert, planAlertChanges } from './transitions.ts'
import type { Judgement } from './types.ts'

export interface JudgedPlace {
  /** Null: about Holdfast itself. */
  targetId: string | null
  targetName: string | null
  /** Only alerts of this fingerprint were judged; absent: all of the target. */
  only?: string
}

/**
 * Makes the open alerts say what was judged, and files the messages about it, all in the caller's transaction, which holds
 * `lockAlerts`. Safe to repeat: the same evidence counts once and is told once.
 */
export async function applyJudgement(
  tx: Tx,
  actor: string,
  { targetId, targetName, only }: JudgedPlace,
  judgement: Judgement,
  now: Date,
): Promise<AlertChange[]> {
  const open = await tx
    .select()
    .from(alerts)
    .where(
      and(
        targetId === null ? isNull(alerts.targetId) : eq(alerts.targetId, targetId),
        ne(alerts.status, 'resolved'),
        only === undefined ? undefined : eq(alerts.fingerprint, only),
      ),
    )
    // A person may acknowledge at this moment; whoever comes second sees what the first did.
    .for('update')
  const resolved = await listLastResolved(
    tx,
    targetId,
    judgement.problems.map((problem) => problem.fingerprint),
  )
  const changes = planAlertChanges(open as OpenAlert[], resolved, judgement, now)
  if (changes.length > 0) {
    const silences = await listSilences(tx)
    const scope = { tx, actor, targetId, now, silences }
    for (const change of changes) await applyChange(scope, change)
    await tellResolved(
      tx,
      changes.flatMap((change) => (change.kind === 'resolve' ? [change.id] : [])),
      now,
    )
    await auditTurns(tx, actor, targetName, changes, open)
  }
  const told = await tellDue(tx, targetId, now)
  if (changes.length > 0 || told > 0) await announceChanges(tx, ['alerts', 'channels'])
  return changes
}

async function auditTurns(
  tx: Tx,
  actor: string,
  target: string | null,
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
