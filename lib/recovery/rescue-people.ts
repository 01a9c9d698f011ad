import { createHash } from 'node:crypto'
import type postgres from 'postgres'
import { AppError } from '#lib/errors.ts'
import type { KeyRing } from '#lib/keys.ts'
import { canonicalJson } from '#lib/operations/fingerprint.ts'
import { claimInTarget, installMarkers, writeMarker } from '#lib/operations/markers.ts'
import type { PlanSummary } from '#lib/operations/types.ts'
import { assertAccess } from '#lib/recovery/assert-access.ts'
import { compareHad } from '#lib/recovery/compare-had.ts'
import type { EvidenceBook, SearchScope } from '#lib/recovery/evidence.ts'
import type { RecoveryRequest } from '#lib/recovery/input.ts'
import { listLockedOut } from '#lib/recovery/list-locked-out.ts'
import type { Membership } from '#lib/recovery/membership-rows.ts'
import { describeRecovery, identityOf } from '#lib/recovery/plan-recovery.ts'
import { type PreparedRecovery, prepareRecovery } from '#lib/recovery/prepare-recovery.ts'
import type { RecoveryPlan, RecoveryResult } from '#lib/recovery/types.ts'
import { bindingOf } from '#lib/restores/compare-source.ts'
import type { RestoreProgress } from '#lib/restores/from-store/restore-into-empty.ts'
import { inRolledBack } from '#lib/restores/plan-restore.ts'
import { writeRows } from '#lib/restores/write-rows.ts'
import { pickTables } from '#lib/targets/introspect.ts'

export interface Rescue {
  plan: RecoveryPlan & { summary: PlanSummary }
  /** What a later run without questions must name: sha256 over whom it is about and every value that would be written. */
  fingerprint: string
  prepared: PreparedRecovery
}

interface RescueScope {
  sql: postgres.Sql
  keys: KeyRing
  serverVersionNumber: number
  progress: RestoreProgress
}

const fingerprint = (database: string, binding: unknown): string =>
  createHash('sha256')
    .update(canonicalJson({ kind: 'rescue', database, binding }))
    .digest('hex')

/** Computes what gives people their access back, with no control database: reads, and writes temporary tables only. */
export async function planRescue(
  scope: SearchScope,
  membership: Membership,
  of: { database: string; operationId: string; request: RecoveryRequest; book: EvidenceBook },
): Promise<Rescue> {
  const begunAt = Date.now()
  const { database, operationId, request, book } = of
  const prepared = await prepareRecovery(scope, membership, request, operationId, book)
  return inRolledBack(scope.sql, async (transaction) => {
    const compared = await compareHad(
      { sql: transaction, signal: scope.signal },
      membership,
      prepared.rows,
      prepared.people,
      10,
    )
    const { plan, binding } = describeRecovery(membership, prepared, compared, {
      target: database,
      until: book.until,
      lostSince: book.lostSince,
      begunAt,
    })
    return { plan, fingerprint: fingerprint(database, binding), prepared }
  })
}

/**
 * Writes what was planned in one transaction: copies of the touched rows first, then the rows, then the check that all who
 * were promised access have it and nobody lost theirs, then the marker. Throws AppError `plan-stale` when live changed since.
 */
export async function runRescue(
  { sql, keys, serverVersionNumber, progress }: RescueScope,
  membership: Membership,
  { plan, fingerprint: approved, prepared }: Rescue,
  of: { database: string; operationId: string; begunAt: number; evidence: Record<string, unknown> },
): Promise<RecoveryResult> {
  const { signal } = progress
  await installMarkers(sql)
  await claimInTarget(sql, of.operationId)
  let before: ReadonlySet<string> = new Set()
  const scope = {
    ctx: { keys },
    session: { sql, serverVersionNumber },
    job: {
      signal,
      phase: async (name: string, total?: number) => progress.phase(name, total),
      progress: (done: number) => progress.progress(done),
    },
    assertSamePlan(binding: unknown) {
      if (fingerprint(of.database, binding) === approved) return
      throw new AppError('plan-stale', 'The database changed since the plan was shown.', {
        kind: 'refused',
        hint: 'Nothing was written. Run it again and look at the new plan.',
      })
    },
    async leaveMarker(transaction: postgres.TransactionSql, result: unknown) {
      await assertAccess({ sql: transaction, signal }, membership, {
        users: plan.users,
        served: plan.served,
        before,
      })
      const waited = Date.now() - of.begunAt
      const access = { people: plan.served.length, accessAfterMs: waited, runMs: waited }
      const marked = { ...(result as object), accessAfterMs: waited, access, breakGlass: of.evidence }
      await writeMarker(transaction, of.operationId, approved, marked)
      Object.assign(result as object, { accessAfterMs: waited, access })
    },
  }
  const written = await writeRows(scope, {
    operationId: of.operationId,
    label: 'what they had',
    tables: pickTables(membership.all, plan.tables),
    async compare(transaction) {
      const rows = { sql: transaction, signal }
      const { users } = await listLockedOut(rows, membership)
      before = new Set(users.map(({ user }) => user))
      return (await compareHad(rows, membership, prepared.rows, prepared.people, 0)).rows
    },
    binding: (rows) => bindingOf(identityOf(prepared), rows),
  })
  return written as RecoveryResult
}
