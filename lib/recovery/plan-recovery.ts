import type { Ctx } from '#lib/context.ts'
import { AppError } from '#lib/errors.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import type { Operation, PlannedOperation } from '#lib/operations/types.ts'
import { type ComparedHad, compareHad } from '#lib/recovery/compare-had.ts'
import type { EvidenceBook } from '#lib/recovery/evidence.ts'
import type { RecoveryRequest } from '#lib/recovery/input.ts'
import { listEvidence } from '#lib/recovery/list-evidence.ts'
import { findLossBeginning } from '#lib/recovery/loss-begins.ts'
import { chooseRule, type Membership, openMembership } from '#lib/recovery/membership-rows.ts'
import { type PreparedRecovery, prepareRecovery, removalWords } from '#lib/recovery/prepare-recovery.ts'
import type { LockedOutUser, RecoveryPlan } from '#lib/recovery/types.ts'
import { bindingOf } from '#lib/restores/compare-source.ts'
import { inRolledBack } from '#lib/restores/plan-restore.ts'
import { summarize } from '#lib/restores/summarize-plan.ts'
import { countWrites } from '#lib/rows/apply-rows.ts'
import { listTables } from '#lib/targets/introspect.ts'
import { withTarget } from '#lib/targets/open-target.ts'
import { getPolicy } from '#lib/targets/queries.ts'

export type Recovery = Operation<RecoveryRequest, RecoveryPlan>

const namesShown = 10

/** Restoring archives for people who never were members would keep all others waiting. */
export const slowFor = ({ users, archives }: RecoveryRequest): EvidenceBook['slowFor'] =>
  users !== 'all' || archives ? 'each' : 'nobody-found'

export const peopleText = (count: number): string =>
  count === 1 ? '1 person' : `${count.toLocaleString('en')} people`

const nameOf = ({ label, user }: LockedOutUser): string => label ?? user

const named = (users: readonly LockedOutUser[]): string =>
  users.length > namesShown
    ? `${users.slice(0, namesShown).map(nameOf).join(', ')} and ${users.length - namesShown} more`
    : users.map(nameOf).join(', ')

/** One sentence for each thing that a person must know before they approve. */
export function warnOf(users: readonly LockedOutUser[], served: readonly string[]): string[] {
  const given = new Set(served)
  const left = users.filter(({ user }) => !given.has(user))
  const unknown = left.filter(({ had, removed }) => had.length + removed.length === 0)
  const blocked = left.filter(({ had }) => had.length > 0)
  const removed = (Object.keys(removalWords) as (keyof typeof removalWords)[]).flatMap((removal) => {
    const of = users.filter((user) => user.removed.some((one) => one.removal === removal))
    return of.length > 0
      ? [
          `Not given back, because it was ${removalWords[removal].replace('its', 'with its')}: what ${named(of)} had.`,
        ]
      : []
  })
  return [
    ...(unknown.length > 0
      ? [`Nothing was found of ${peopleText(unknown.length)}; they stay locked out: ${named(unknown)}.`]
      : []),
    ...(blocked.length > 0
      ? [`What was found of ${named(blocked)} cannot be put back; they stay locked out.`]
      : []),
    ...removed,
  ]
}

const nothingToWrite = ({ rows, warnings }: ComparedHad): AppError =>
  new AppError('nothing-to-give-back', 'What was found of them is live already or cannot be put back.', {
    kind: 'refused',
    hint:
      [...warnings, ...rows.tables.flatMap((table) => table.notes)].join(' ') ||
      'Look at why they are locked out.',
  })

/** What an approval of a recovery is bound to, beside its rows. */
export const identityOf = (prepared: PreparedRecovery) => ({
  users: prepared.users.map((user) => user.user).sort(),
})

/** A plan out of what was prepared and compared. Throws AppError `nothing-to-give-back`. */
export function describeRecovery(
  membership: Membership,
  prepared: PreparedRecovery,
  compared: ComparedHad,
  of: { target: string; until: Date; lostSince: Date; begunAt: number },
): { plan: PlannedOperation<RecoveryPlan>['plan']; binding: unknown } {
  const { rows: plan, served } = compared
  const rows = countWrites(plan)
  if (rows === 0) throw nothingToWrite(compared)
  const given = new Set(served)
  const summary = summarize(plan, {
    label: 'what they had',
    target: of.target,
    estimateMs: (Date.now() - of.begunAt) * 2,
    warnings: [...prepared.warnings, ...compared.warnings, ...warnOf(prepared.users, served)],
  })
  const people = prepared.users.filter(({ user }) => given.has(user))
  return {
    plan: {
      membership: membership.rule.name,
      until: of.until.toISOString(),
      lostSince: of.lostSince.toISOString(),
      users: prepared.users,
      served,
      unfound: prepared.users.map(({ user }) => user).filter((user) => !given.has(user)),
      tables: plan.tables.map(({ live: { schema, name } }) => ({ schema, name })),
      summary: {
        ...summary,
        sentence: `Gives ${people.length === 1 ? nameOf(people[0]!) : peopleText(served.length)} access to ${of.target} back: ${rows === 1 ? '1 row, as it was' : `${rows.toLocaleString('en')} rows, as they were`}.`,
      },
    },
    binding: bindingOf(identityOf(prepared), plan),
  }
}

export async function openRule(
  ctx: Ctx,
  { targetId, request }: Pick<Recovery, 'targetId' | 'request'>,
  target: string,
  sql: Parameters<typeof listTables>[0],
): Promise<Membership> {
  const { document } = await getPolicy(ctx.db, targetId)
  return openMembership(chooseRule(document, request.membership, target), await listTables(sql))
}

/** Finds what people had and computes what gives it back; reads the target and the backups, and writes to neither. */
export function planRecovery(
  ctx: Ctx,
  job: JobScope,
  operation: Recovery,
): Promise<PlannedOperation<RecoveryPlan>> {
  const begunAt = Date.now()
  const { targetId, incidentId, request } = operation
  return withTarget(ctx, targetId, 'restore', { purpose: 'recovery-plan' }, async ({ sql, target }) => {
    const until = new Date()
    const lostSince = await findLossBeginning(ctx.db, { targetId, incidentId, since: request.since, until })
    const membership = await openRule(ctx, operation, target.name, sql)
    const scope = { sql, signal: job.signal, phase: job.phase }
    const listed = await listEvidence(job, scope, targetId, { archives: request.archives !== false, until })
    await job.phase('find what they had')
    const prepared = await prepareRecovery(scope, membership, request, operation.id, {
      ...listed,
      until,
      lostSince,
      slowFor: slowFor(request),
      includeRemoved: request.includeRemoved,
    })
    await job.phase('compare')
    return inRolledBack(sql, async (transaction) => {
      const compared = await compareHad(
        { sql: transaction, signal: job.signal },
        membership,
        prepared.rows,
        prepared.people,
        10,
      )
      return {
        ...describeRecovery(membership, prepared, compared, {
          target: target.name,
          until,
          lostSince,
          begunAt,
        }),
        needsApproval: target.environment === 'production',
      }
    })
  })
}
