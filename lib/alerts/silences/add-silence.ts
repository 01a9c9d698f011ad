import { and, eq, inArray, ne } from 'drizzle-orm'
import { alertEvents, alerts } from '#drizzle/schema/alerts.ts'
import { silences } from '#drizzle/schema/on-call.ts'
import { addSilenceInput } from '#lib/alerts/input.ts'
import { getTarget } from '#lib/targets/queries.ts'
import { defineVerb } from '#lib/verb.ts'
import { refuseSilenceEnd } from './refuse-silence-end.ts'
import { matchesPattern } from './silence-rule.ts'

/**
 * Keeps alerts of these fingerprints quiet until a moment, on one target or on all: those that fire now and those that will.
 * They are raised, counted and shown all the same. Repeating it adds another silence; the one that ends last counts.
 */
export const addSilence = defineVerb({
  action: 'alerts.silence',
  input: addSilenceInput,
  async act({ tx, actorText }, { targetId, pattern, reason, until }) {
    const refused = refuseSilenceEnd(until)
    if (refused) return refused
    const target = targetId ? await getTarget(tx, targetId) : null
    const [made] = await tx
      .insert(silences)
      .values({ targetId, pattern, reason, endsAt: until, createdBy: actorText })
      .returning()
    const open = await tx
      .select()
      .from(alerts)
      .where(
        and(
          targetId ? eq(alerts.targetId, targetId) : undefined,
          inArray(alerts.status, ['firing', 'silenced']),
        ),
      )
      .orderBy(alerts.id)
      .for('update')
    const covered = open.filter(
      ({ fingerprint, status, silencedUntil }) =>
        matchesPattern(pattern, fingerprint) &&
        (status === 'firing' || !silencedUntil || silencedUntil < until),
    )
    for (const { id, status } of covered) {
      await tx
        .update(alerts)
        .set({ status: 'silenced', silencedUntil: until, nextStepAt: null })
        .where(and(eq(alerts.id, id), ne(alerts.status, 'resolved')))
      if (status === 'silenced') continue
      await tx.insert(alertEvents).values({
        alertId: id,
        kind: 'silenced',
        actor: actorText,
        note: `Until ${until.toISOString()}. ${reason}`,
      })
    }
    return {
      value: { silenceId: made!.id, pattern, endsAt: until, silenced: covered.length },
      audit: {
        subject: `silence:${made!.id}`,
        target: target?.name ?? null,
        reason,
        detail: { pattern, until: until.toISOString(), silenced: covered.length },
      },
      changed: ['alerts'],
    }
  },
})
