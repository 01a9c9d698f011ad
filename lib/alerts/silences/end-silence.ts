import { and, eq, isNull, sql } from 'drizzle-orm'
import { alertEvents, alerts } from '#drizzle/schema/alerts.ts'
import { silences } from '#drizzle/schema/on-call.ts'
import { tellAnew } from '#lib/alerts/apply-change.ts'
import { endSilenceInput } from '#lib/alerts/input.ts'
import type { Tx } from '#lib/db/client.ts'
import { refuse } from '#lib/errors.ts'
import { defineVerb } from '#lib/verb.ts'
import { getSilence, listSilences, type Silence } from './queries.ts'
import { findSilence, matchesPattern } from './silence-rule.ts'

/**
 * Ends a silence before its time. What it covered and is still there, and what no other silence covers, fires again and is
 * told within seconds. Repeating it is refused.
 */
export const endSilence = defineVerb({
  action: 'alerts.end-silence',
  input: endSilenceInput,
  async act({ tx, actorText }, { silenceId }) {
    const [ended] = await tx
      .update(silences)
      .set({ endedAt: sql`now()`, endedBy: actorText })
      .where(and(eq(silences.id, silenceId), isNull(silences.endedAt), sql`${silences.endsAt} > now()`))
      .returning()
    if (!ended) {
      const { pattern } = await getSilence(tx, silenceId)
      return refuse('silence-over', `The silence of “${pattern}” is over already.`)
    }
    const woken = await wake(tx, ended, actorText)
    return {
      value: { silenceId, woken },
      audit: { subject: `silence:${silenceId}`, target: null, detail: { pattern: ended.pattern, woken } },
      changed: ['alerts'],
    }
  },
})

async function wake(tx: Tx, ended: Silence, actor: string): Promise<number> {
  const now = new Date()
  const others = await listSilences(tx)
  const open = await tx
    .select()
    .from(alerts)
    .where(
      and(eq(alerts.status, 'silenced'), ended.targetId ? eq(alerts.targetId, ended.targetId) : undefined),
    )
    .orderBy(alerts.id)
    .for('update')
  let woken = 0
  for (const alert of open.filter(({ fingerprint }) => matchesPattern(ended.pattern, fingerprint))) {
    const other = findSilence(others, alert, now)
    await tx
      .update(alerts)
      .set(
        other ? { silencedUntil: other.endsAt } : { status: 'firing', silencedUntil: null, ...tellAnew(now) },
      )
      .where(eq(alerts.id, alert.id))
    if (other) continue
    woken++
    await tx
      .insert(alertEvents)
      .values({ alertId: alert.id, kind: 'reopened', actor, note: 'The silence was ended by hand.' })
  }
  return woken
}
