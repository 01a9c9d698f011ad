import type postgres from 'postgres'
import type { Ctx } from '#lib/context.ts'
import { AppError } from '#lib/errors.ts'
import { type MatchingRows, readMatchingRows } from '#lib/guards/matching-rows.ts'
import type { PermitRequest } from '#lib/guards/permit-input.ts'
import { assertPolicyAllows } from '#lib/guards/permit-policy.ts'
import { type PermitPlan, type PermitRequestFacts, readPermit } from '#lib/guards/read-permit.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import type { Operation, PlannedOperation, PlanSummary } from '#lib/operations/types.ts'
import { isProduction } from '#lib/targets/is-production.ts'
import { withTarget } from '#lib/targets/open-target.ts'
import { getPolicy } from '#lib/targets/queries.ts'

const rows = (count: number): string => `${count.toLocaleString('en')} ${count === 1 ? 'row' : 'rows'}`
const minutes = (count: number): string =>
  count === 1 ? '1 minute' : `${count.toLocaleString('en')} minutes`

function summarize(
  target: string,
  request: PermitRequest,
  { table, role, predicate, facts }: PermitRequestFacts,
  matching: MatchingRows,
): PlanSummary {
  const { act, maxRows } = request
  const where = predicate === null ? '' : `, where ${predicate}`
  const now =
    matching.rows === null ? '' : ` ${rows(matching.rows)} ${matching.rows === 1 ? 'matches' : 'match'} now.`
  const warnings = [
    ...(matching.rows !== null && matching.rows > maxRows && predicate !== null
      ? [`More rows match than the permit is for: whoever takes all of them is refused.`]
      : []),
    ...(matching.rows === 0 ? ['No row matches now.'] : []),
    ...(matching.rows === null ? ['How many rows match could not be counted in time.'] : []),
    ...(facts.mayAct ? [] : [`${role} has no right to ${act} in ${table}; the permit gives none.`]),
    ...(facts.roleIsSuperuser
      ? [`${role} is a superuser. A permit for a role with fewer rights is worth more.`]
      : []),
  ]
  const isWhole = predicate === null
  return {
    sentence: `Lets ${role} ${act} up to ${rows(maxRows)} of ${table} in ${target}${where}, in one transaction begun within ${minutes(request.minutes)} of the run.${now}`,
    tables: [
      {
        table,
        missing: 0,
        changed: 0,
        extra: 0,
        newer: 0,
        samples: matching.samples,
        notes: [
          isWhole ? 'Any row of the table may go.' : 'A statement that takes any other row is refused whole.',
          'Everything that goes is kept in the journal, whatever the table’s journal mode is.',
          'It passes no TRUNCATE, no DDL and no orphaning rule.',
        ],
      },
    ],
    statements: [
      'begin',
      "select holdfast.use_permit('(shown to requester and approver once the permit is open)')",
      `-- ${act} ${isWhole ? `up to ${rows(maxRows)}` : `up to ${rows(maxRows)} where ${predicate}`}`,
      'commit',
    ],
    warnings,
    estimateMs: null,
    promisedRows: 0,
  }
}

/** Computes what a permit would allow and what it means at this moment; writes nothing. */
export async function planPermit(
  ctx: Ctx,
  job: JobScope,
  operation: Operation<PermitRequest, PermitPlan>,
): Promise<PlannedOperation<PermitPlan>> {
  const { request, targetId } = operation
  const { document } = await getPolicy(ctx.db, targetId)
  return withTarget(
    ctx,
    targetId,
    'restore',
    { purpose: 'permit-plan', statementTimeoutMs: 15_000 },
    async ({ sql, target }) => {
      const read = await readPermit(ctx, targetId, request, sql)
      assertPolicyAllows(document, request, read.role, target.name)
      assertUsable(read, target.name)
      await job.phase('count')
      const matching = await readMatchingRows(sql as postgres.Sql, read)
      return {
        plan: {
          table: read.table,
          role: read.role,
          predicate: read.predicate,
          matchingRows: matching.rows,
          summary: summarize(target.name, request, read, matching),
        },
        binding: read.binding,
        needsApproval: await isProduction(ctx.db, target),
      }
    },
  )
}

function assertUsable({ table, role, facts }: PermitRequestFacts, target: string): void {
  if (!facts.roleExists) {
    throw new AppError('role-not-found', `There is no role “${role}” in ${target}.`, { kind: 'not-found' })
  }
  if (!facts.isGuarded || !facts.knowsPermits) {
    throw new AppError('no-guard', `${table} has no guard that a permit could open.`, {
      kind: 'refused',
      hint: `Install it: holdfast guards install ${target}`,
    })
  }
}
