import type postgres from 'postgres'
import { listKnownGaps } from '#lib/guards/known-gaps.ts'
import { compareSharedObjects, evidenceSql, type SharedObjects } from '#lib/guards/shared-objects.ts'
import type { GuardObject, GuardPlan } from '#lib/guards/types.ts'
import { formatTable } from '#lib/sql/identifier.ts'
import { loadSql } from '#lib/sql/load-sql.ts'
import { budgetOf, type Policy, policyTable } from '#lib/targets/policy.ts'

const planSql = loadSql(new URL('./sql/plan_guards.sql', import.meta.url))

export interface GuardComparison extends GuardPlan {
  shared: SharedObjects
}

/**
 * Compares every guard object that the policy asks for with the target's catalog; only reads. What is not right comes
 * with the SQL that makes it so, in the order to run it. An installed, untouched guard plans nothing.
 */
export async function planGuards(sql: postgres.Sql, policy: Policy): Promise<GuardComparison> {
  const shared = await compareSharedObjects(sql)
  const [known] = await sql<
    [{ present: boolean }]
  >`select to_regclass('holdfast.guarded_tables') is not null as present`
  const guarded = known.present
    ? await sql<{ entry: unknown }[]>`select to_jsonb(g) as entry from holdfast.guarded_tables g`
    : []
  const tableObjects = await sql.unsafe<(GuardObject & { kind: string })[]>(planSql, [
    wantedTables(policy) as never,
    guarded.map((row) => row.entry) as never,
  ])
  // Event triggers come last: they would refuse the statements before them.
  const objects = [
    ...shared.objects,
    ...tableObjects.map(({ table, object, statement, state, problem }) => ({
      table,
      object,
      statement,
      state,
      problem,
    })),
    ...(shared.isSuperuser || shared.eventTriggers.some((trigger) => trigger.state !== 'missing')
      ? shared.eventTriggers
      : []),
  ]
  const wrong = objects.filter((object) => object.state !== 'right')
  const statements = [...new Set(wrong.flatMap((object) => object.statement ?? []))]
  return {
    objects,
    statements: shared.hasEvidence || !shared.mayMakeEvidence ? statements : withEvidence(statements, shared),
    gaps: listKnownGaps(shared),
    shared,
  }
}

/** Of a window that the policy gives rows but no length. */
const defaultWindowMinutes = 60

function wantedTables(policy: Policy): unknown[] {
  return policy.protectedTables.map((entry) => {
    const table = policyTable(entry.table)
    return {
      ...table,
      table: formatTable(table),
      mode: entry.mode,
      windowMinutes: defaultWindowMinutes,
      ...budgetOf(policy, table),
    }
  })
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
