import { sql } from 'drizzle-orm'
import { probeBaselines } from '#drizzle/schema/performance.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { refuse } from '#lib/errors.ts'
import { getPolicy, getTarget } from '#lib/targets/queries.ts'
import { defineVerb } from '#lib/verb.ts'
import { learnBaselineInput } from './input.ts'
import { type Baseline, enoughMeasurements, learnFrom } from './judge.ts'
import { listMeasured } from './queries.ts'

export interface LearnedBaseline extends Baseline {
  probe: string
}

/** Declares the newest measurements normal, probe by probe. Repeating it learns from what is newest then. */
export const learnBaseline = defineVerb({
  action: 'performance.baseline',
  input: learnBaselineInput,
  async act({ tx, actorText }, input) {
    const target = await getTarget(tx, input.targetId)
    const { document: policy } = await getPolicy(tx, target.id)
    const probes = policy.probes.filter((probe) => input.probe === undefined || probe.name === input.probe)
    if (probes.length === 0) {
      return refuse(
        'probe-not-found',
        input.probe
          ? `${target.name} has no probe “${input.probe}”.`
          : `The policy of ${target.name} has no probes.`,
        `See them: holdfast policy show ${target.name}`,
      )
    }
    const learned: LearnedBaseline[] = []
    const short: string[] = []
    for (const { name } of probes) {
      const baseline = learnFrom(await listMeasured(tx, target.id, name, input.measurements))
      if (!baseline) short.push(name)
      else {
        await keepBaseline(tx, target.id, name, baseline, actorText)
        learned.push({ probe: name, ...baseline })
      }
    }
    if (learned.length === 0) {
      return refuse(
        'too-few-measurements',
        `A baseline takes at least ${enoughMeasurements} measurements of a probe.`,
        `Measure some more: holdfast performance measure ${target.name}`,
      )
    }
    return {
      value: { learned, short },
      audit: {
        subject: `target:${target.id}`,
        target: target.name,
        detail: { learned: learned.map((each) => each.probe), short },
      },
      changed: ['performance'],
    }
  },
})

/** Writes a probe's baseline over the one before. */
export async function keepBaseline(
  db: DbOrTx,
  targetId: string,
  probe: string,
  baseline: Baseline,
  learnedBy: string,
): Promise<void> {
  const values = { ...baseline, learnedBy, learnedAt: sql`now()` }
  await db
    .insert(probeBaselines)
    .values({ targetId, probe, ...values })
    .onConflictDoUpdate({ target: [probeBaselines.targetId, probeBaselines.probe], set: values })
}
