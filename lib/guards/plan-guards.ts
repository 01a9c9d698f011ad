import type postgres from 'postgres'
import { listKnownGaps } from '#lib/guards/known-gaps.ts'
import { planAgents } from '#lib/guards/plan-agents.ts'
import { planOrphanRules } from '#lib/guards/plan-orphan-rules.ts'
import { readGuarded } from '#lib/guards/read-guarded.ts'
import { bodyOf, compareSharedObjects, evidenceSql, type SharedObjects } from '#lib/guards/shared-objects.ts'
import type { GuardObject, GuardPlan } from '#lib/guards/types.ts'
import { listWantedGuards } from '#lib/guards/wanted-guards.ts'
import { loadSql } from '#lib/sql/load-sql.ts'
import type { Policy } from '#lib/targets/policy.ts'

const planSql = loadSql(new URL('./sql/plan_guards.sql', import.meta.url))
const bodySql = bodyOf(loadSql(new URL('./sql/guard_change.sql', import.meta.url)))

export interface GuardComparison extends GuardPlan {
  shared: SharedObjects
}

interface PlannedObject extends GuardObject {
  kind?: string
}

/**
 * Compares every guard object that the policy asks for with the target's catalog; only reads. What is not right comes
 * with the SQL that makes it so, in the order to run it. An installed, untouched guard plans nothing. With `period`
 * (YYYYMMDDHH24MI) the functions are wanted to write into journals that begin then, which is upkeep and not repair.
 */
export async function planGuards(
  sql: postgres.Sql,
  policy: Policy,
  period: string | null = null,
): Promise<GuardComparison> {
  const shared = await compareSharedObjects(sql)
  const planned = await sql.unsafe<PlannedObject[]>(planSql, [
    listWantedGuards(policy) as never,
    (await readGuarded(sql)) as never,
    bodySql,
    period,
  ])
  const orphanRules = await planOrphanRules(sql, policy)
  // Event triggers come last: they would refuse the statements before them.
  const all: PlannedObject[] = [
    ...shared.objects,
    ...planned,
    ...(await planAgents(sql, policy)),
    ...orphanRules.objects,
    ...(shared.isSuperuser || shared.eventTriggers.some((trigger) => trigger.state !== 'missing')
      ? shared.eventTriggers
      : []),
  ]
  const statements = [
    ...new Set(all.filter((object) => object.state !== 'right').flatMap((object) => object.statement ?? [])),
  ]
  return {
    // A function that lost the tables it writes into differs itself.
    objects: all.filter((object) => object.kind !== 'period').map(({ kind: _, ...object }) => object),
    statements: shared.hasEvidence || !shared.mayMakeEvidence ? statements : withEvidence(statements, shared),
    gaps: [...listKnownGaps(shared), ...orphanRules.gaps],
    shared,
  }
}

/** The evidence link needs the tables and comes before the event triggers. Where it was refused once it is asked again. */
function withEvidence(statements: string[], shared: SharedObjects): string[] {
  const eventTriggers = new Set(shared.eventTriggers.map((trigger) => trigger.statement))
  return [
    ...statements.filter((statement) => !eventTriggers.has(statement)),
    evidenceSql,
    ...statements.filter((statement) => eventTriggers.has(statement)),
  ]
}
