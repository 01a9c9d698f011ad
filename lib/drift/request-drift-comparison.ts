import { inArray } from 'drizzle-orm'
import { driftComparisons } from '#drizzle/schema/drift.ts'
import type { Tx } from '#lib/db/client.ts'
import { type ComparisonInput, comparisonInput } from '#lib/drift/input.ts'
import { isUnderWay } from '#lib/drift/queries.ts'
import type { ComparisonRequest } from '#lib/drift/types.ts'
import { type Refusal, refuse } from '#lib/errors.ts'
import { requestJob } from '#lib/jobs/request-job.ts'
import { refuseControlTarget } from '#lib/targets/control-target.ts'
import { findTargetByName, getPolicy } from '#lib/targets/queries.ts'
import { refuseUnknownTarget } from '#lib/targets/refuse-unknown-target.ts'
import type { Target } from '#lib/targets/types.ts'
import { defineVerb } from '#lib/verb.ts'

export interface RequestedComparison {
  /** One per mirror; of one that a person asks for, exactly one. */
  comparisonIds: string[]
  jobRunId: string
}

interface Wanted extends Omit<ComparisonRequest, 'comparisonId'> {
  master: string
  mirror: string | null
}

type Refused = { refusal: Refusal }

async function listWanted(tx: Tx, target: Target, input: ComparisonInput): Promise<Wanted[] | Refused> {
  const { master, mirror, tables, names, ignoredColumns } = input
  if (master) return [{ master, mirror: null, tables, names, ignoredColumns }]
  const { mirrors } = (await getPolicy(tx, target.id)).document
  const chosen = mirror ? mirrors.filter((one) => one.name === mirror) : mirrors
  if (chosen.length > 0) return chosen.map(({ name, ...rule }) => ({ ...rule, mirror: name }))
  return refuse(
    'no-mirror',
    mirror
      ? `The policy of ${target.name} has no mirror “${mirror}”.`
      : `The policy of ${target.name} says of no table that it is like another database’s.`,
    `Name both: holdfast drift compare MASTER ${target.name}`,
  )
}

async function findMaster(tx: Tx, name: string, target: Target): Promise<Target | Refused> {
  const master = await findTargetByName(tx, name)
  if (!master) return refuseUnknownTarget(name)
  if (master.id === target.id)
    return refuse(
      'same-target',
      `${target.name} cannot be compared with itself.`,
      'List the others with: holdfast targets list',
    )
  return (
    refuseControlTarget(target, 'it is compared with nothing') ??
    refuseControlTarget(master, 'it is compared with nothing') ??
    master
  )
}

/**
 * Files comparisons of a target's tables with those of a master, and the job that does them; reads both, writes to neither.
 * Each call files other ones; one that the schedule asks for is refused while one before it is under way.
 */
export const requestDriftComparison = defineVerb<ComparisonInput, RequestedComparison>({
  action: 'drift.compare',
  input: comparisonInput,
  async act({ tx, ctx, actor, actorText }, input) {
    const target = await findTargetByName(tx, input.target)
    if (!target) return refuseUnknownTarget(input.target)
    const wanted = await listWanted(tx, target, input)
    if ('refusal' in wanted) return wanted
    const { scheduledFor } = input
    if (scheduledFor && (await isUnderWay(tx, target.id)))
      return refuse('comparison-under-way', 'The comparison before this one is still under way.')

    const comparisons: ComparisonRequest[] = []
    for (const { master: masterName, mirror, ...rule } of wanted) {
      const master = await findMaster(tx, masterName, target)
      if ('refusal' in master) {
        // On schedule one mirror's trouble does not keep the others waiting; its alert says that there is no news of it.
        if (scheduledFor && wanted.length > 1) continue
        return master
      }
      const [row] = await tx
        .insert(driftComparisons)
        .values({
          masterId: master.id,
          targetId: target.id,
          mirror,
          tables: rule.tables,
          requestedBy: actorText,
        })
        .returning({ id: driftComparisons.id })
      comparisons.push({ comparisonId: row!.id, ...rule })
    }
    if (comparisons.length === 0)
      return refuse('no-master', `None of the masters of ${target.name} can be compared with.`)
    const jobRunId = await requestJob(ctx, tx, {
      kind: 'drift.compare',
      targetId: target.id,
      payload: { comparisons },
      ...(scheduledFor ? { scheduledFor } : {}),
    })
    const comparisonIds = comparisons.map(({ comparisonId }) => comparisonId)
    await tx.update(driftComparisons).set({ jobRunId }).where(inArray(driftComparisons.id, comparisonIds))
    return {
      value: { comparisonIds, jobRunId },
      audit:
        scheduledFor && actor.kind === 'worker'
          ? null
          : {
              subject: `comparison:${comparisonIds[0]}`,
              target: target.name,
              detail: { jobRunId, masters: [...new Set(wanted.map(({ master }) => master))] },
            },
      changed: ['drift', 'jobs'],
    }
  },
})
