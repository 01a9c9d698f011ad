import type { Ctx } from '#lib/context.ts'
import { readLivingScope } from '#lib/health/living-scope.ts'
import { planChecks } from '#lib/health/plan-checks.ts'
import { readRowHistory } from '#lib/health/row-history.ts'
import type { AnyCheck, Area } from '#lib/health/types.ts'
import { toText } from '#lib/sql/fragment.ts'
import { identifyTarget } from '#lib/targets/identify-target.ts'
import { listTables } from '#lib/targets/introspect.ts'
import { withTarget } from '#lib/targets/open-target.ts'
import { getPolicy } from '#lib/targets/queries.ts'
import type { Target } from '#lib/targets/types.ts'

/** One check as it is planned now. */
export interface ListedCheck {
  check: string
  area: Area
  title: string
  /** How often it runs by itself; null with every run. */
  everyMinutes: number | null
  /** Where its finding comes from. */
  source: 'target' | 'own-records' | 'nothing'
  /** The SQL that is run, as a person could run it. */
  statement: string | null
  /** Why it cannot run, and what helps. */
  impossible: string | null
  remedy: string | null
}

function toListed(check: AnyCheck): ListedCheck {
  const { area, title } = check
  const base = {
    check: check.check,
    area,
    title,
    everyMinutes: null,
    statement: null,
    impossible: null,
    remedy: null,
  }
  if ('impossible' in check)
    return { ...base, source: 'nothing', impossible: check.impossible, remedy: check.remedy }
  if ('known' in check) return { ...base, source: 'own-records' }
  return {
    ...base,
    source: 'target',
    everyMinutes: check.everyMinutes ?? null,
    statement: toText(check.collect),
  }
}

/**
 * Every check that the policy and the live schema of a target ask for, without running any. Looks at the target as a
 * health run does, so a changed schema is noted in its change log.
 */
export async function listChecks(ctx: Ctx, target: Target): Promise<ListedCheck[]> {
  const { document: policy } = await getPolicy(ctx.db, target.id)
  const history = await readRowHistory(ctx.db, target.id)
  return withTarget(ctx, target.id, 'watch', { purpose: 'list checks' }, async ({ sql }) => {
    const identity = await identifyTarget(sql)
    const [{ monitor }] = await sql<[{ monitor: boolean }]>`
      select pg_has_role('pg_read_all_stats', 'usage') as monitor`
    const checks = planChecks({
      policy,
      targetName: target.name,
      tables: await listTables(sql),
      history,
      roleName: identity.roleName,
      isMonitor: monitor,
      living: await readLivingScope(ctx, target, sql, { identity, policy, now: new Date() }),
    })
    return checks.map(toListed)
  })
}
