import { eq, sql } from 'drizzle-orm'
import { alertEvents, alerts } from '#drizzle/schema/alerts.ts'
import type { Tx } from '#lib/db/client.ts'
import { flappingTurns } from './flapping.ts'
import { findSilence, type SilenceRule } from './silences/silence-rule.ts'
import type { AlertChange } from './transitions.ts'
import type { Problem } from './types.ts'

interface ChangeScope {
  tx: Tx
  actor: string
  targetId: string | null
  now: Date
  silences: readonly SilenceRule[]
}

const flapsNote = `It turned ${flappingTurns} times within an hour. Until it is calm for half an hour its turns are counted and not told.`

/** It is told anew from the first step of whatever route matches then. */
export const tellAnew = (now: Date) => ({
  routeId: null,
  step: 0,
  nextStepAt: now,
  round: sql`${alerts.round} + 1`,
})

const seen = (problem: Problem) => ({
  fingerprint: problem.fingerprint,
  title: problem.title,
  details: problem.details,
  remedy: problem.remedy,
  severity: problem.severity,
  lastSeenAt: problem.seenAt,
})

/** Writes one planned change and its events. Nothing is told here. */
export async function applyChange(scope: ChangeScope, change: AlertChange): Promise<void> {
  const { tx, actor, targetId, now } = scope
  const record = (
    alertId: string,
    kind: (typeof alertEvents.$inferInsert)['kind'],
    note: string,
  ): Promise<unknown> => tx.insert(alertEvents).values({ alertId, kind, actor, note })
  const update = (id: string, set: Record<string, unknown>): Promise<unknown> =>
    tx.update(alerts).set(set).where(eq(alerts.id, id))
  const recordSilence = async (id: string, silence: SilenceRule | null): Promise<unknown> =>
    silence ? record(id, 'silenced', `Until ${silence.endsAt.toISOString()}. ${silence.reason}`) : null

  switch (change.kind) {
    case 'raise': {
      const { problem, turning } = change
      const silence = findSilence(scope.silences, { targetId, fingerprint: problem.fingerprint }, now)
      const [made] = await tx
        .insert(alerts)
        .values({
          targetId,
          firstSeenAt: problem.seenAt,
          ...seen(problem),
          ...turning,
          ...(silence
            ? { status: 'silenced', silencedUntil: silence.endsAt }
            : { round: 1, nextStepAt: now }),
        })
        .onConflictDoNothing()
        .returning({ id: alerts.id })
      if (!made) return
      await record(made.id, 'fired', `${problem.severity}: ${problem.details}`)
      await recordSilence(made.id, silence)
      return
    }
    case 'reopen': {
      const { problem, turning } = change
      const silence = findSilence(scope.silences, { targetId, fingerprint: problem.fingerprint }, now)
      await update(change.id, {
        ...seen(problem),
        ...turning,
        occurrences: sql`${alerts.occurrences} + 1`,
        acknowledgedAt: null,
        acknowledgedBy: null,
        resolvedAt: null,
        resolvedBy: null,
        ...(silence
          ? { status: 'silenced', silencedUntil: silence.endsAt }
          : { status: 'firing', silencedUntil: null, ...tellAnew(now) }),
      })
      await record(change.id, 'reopened', `It is back: ${problem.details}`)
      if (change.flaps) await record(change.id, 'flapping', flapsNote)
      await recordSilence(change.id, silence)
      return
    }
    case 'see': {
      const told = (change.worsened || change.flaps) && change.status === 'firing'
      await update(change.id, {
        ...seen(change.problem),
        ...change.turning,
        ...(told ? tellAnew(now) : {}),
        status: change.status,
        occurrences: sql`${alerts.occurrences} + 1`,
      })
      if (change.worsened) {
        await record(change.id, 'worsened', `Now ${change.problem.severity}: ${change.problem.details}`)
      }
      if (change.flaps) await record(change.id, 'flapping', flapsNote)
      return
    }
    case 'absent': {
      await update(change.id, {
        ...change.turning,
        ...(change.flaps
          ? {
              nextStepAt: sql`case when ${alerts.status} = 'firing' then ${now.toISOString()}::timestamptz end`,
              routeId: null,
              step: 0,
              round: sql`${alerts.round} + 1`,
            }
          : {}),
      })
      if (change.flaps) await record(change.id, 'flapping', flapsNote)
      return
    }
    case 'calm': {
      const wasFiring = sql`${alerts.status} = 'firing'`
      await update(change.id, {
        ...change.turning,
        routeId: sql`case when ${wasFiring} then null else ${alerts.routeId} end`,
        step: 0,
        round: sql`${alerts.round} + 1`,
        nextStepAt: sql`case when ${wasFiring} then ${now.toISOString()}::timestamptz end`,
      })
      await record(change.id, 'reopened', 'It no longer comes and goes: the problem stays.')
      return
    }
    case 'unsilence': {
      await update(change.id, { status: 'firing', silencedUntil: null, ...tellAnew(now) })
      await record(change.id, 'reopened', 'The silence ended and the problem is still there.')
      return
    }
    case 'resolve': {
      await update(change.id, {
        ...change.turning,
        status: 'resolved',
        resolvedAt: sql`now()`,
        resolvedBy: actor,
        nextStepAt: null,
      })
      await record(change.id, 'resolved', 'The problem is gone.')
      return
    }
  }
}
