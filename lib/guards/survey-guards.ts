import { isDeepStrictEqual } from 'node:util'
import type postgres from 'postgres'
import type { Ctx } from '#lib/context.ts'
import { compareWithRecord, type GuardRecord } from '#lib/guards/compare-with-record.ts'
import { findTampering } from '#lib/guards/find-tampering.ts'
import { judgeGuards } from '#lib/guards/judge-guards.ts'
import { findGuardRecord } from '#lib/guards/keep-guard-record.ts'
import { planGuards } from '#lib/guards/plan-guards.ts'
import { findRememberedGuards } from '#lib/guards/queries.ts'
import { type GuardPrints, readPrints } from '#lib/guards/read-prints.ts'
import type { GuardReport, RememberedGuards } from '#lib/guards/types.ts'
import { formatTable } from '#lib/sql/identifier.ts'
import { type Policy, protectedTables } from '#lib/targets/policy.ts'
import { getTargetUrl } from '#lib/targets/queries.ts'

export interface GuardSurveyed {
  report: GuardReport
  /** What there is now, for the next verification to miss. */
  seen: RememberedGuards
  /** Each object as it was both before and after the comparison. Null: it changed meanwhile, so it proves nothing. */
  prints: GuardPrints | null
  /** Objects that are not as wanted. */
  wrong: ReadonlySet<string>
  /** What was recorded before. */
  record: GuardRecord | null
}

/** Compares a target's guards with the policy and with what the last installation left. Only reads. */
export async function surveyGuards(
  ctx: Ctx,
  targetId: string,
  sql: postgres.Sql,
  policy: Policy,
): Promise<GuardSurveyed> {
  const before = await readPrints(sql)
  const plan = await planGuards(sql, policy)
  const live = await readPrints(sql)
  const restoreRole = decodeURIComponent(new URL(await getTargetUrl(ctx, targetId, 'restore')).username)
  const tampering = await findTampering(sql, [restoreRole])
  const remembered = await findRememberedGuards(ctx.db, targetId)
  const covered = new Set(protectedTables(policy).map(formatTable))
  const record = await findGuardRecord(ctx.db, targetId)
  const planned = [...plan.objects, ...plan.shared.eventTriggers]
  const report = judgeGuards(
    plan,
    tampering,
    remembered,
    compareWithRecord(planned, live, record ?? { origin: 'found', prints: live }),
  )
  return {
    report: {
      ...report,
      uncovered: tampering.otherTables.filter(
        (table) => !covered.has(table) && remembered?.tables.includes(table) === false,
      ),
    },
    seen: {
      eventTriggers: plan.shared.eventTriggers.every((trigger) => trigger.state === 'right'),
      evidence: plan.shared.hasEvidence,
      tables: tampering.otherTables,
    },
    prints: isDeepStrictEqual(before, live) ? live : null,
    wrong: new Set(planned.filter((object) => object.state !== 'right').map((object) => object.object)),
    record,
  }
}
