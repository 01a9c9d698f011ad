import { AppError } from '#lib/errors.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import { collectHad } from '#lib/recovery/collect-had.ts'
import { describeHad } from '#lib/recovery/describe-had.ts'
import { listLockedOut } from '#lib/recovery/list-locked-out.ts'
import { chooseRule, openMembership } from '#lib/recovery/membership-rows.ts'
import type { RecoverySearch, RecoverySource } from '#lib/recovery/types.ts'
import { listTables } from '#lib/targets/introspect.ts'
import { withTarget } from '#lib/targets/open-target.ts'
import { getPolicy } from '#lib/targets/queries.ts'

/**
 * Finds the living users of a target whom no membership lets in, and what each of them had in the journal and the
 * snapshots. Only reads; temporary tables end with the session. Archives are left to the plan, which may take its time.
 */
export function findLockedOut(scope: JobScope): Promise<RecoverySearch> {
  const { ctx, targetId } = scope
  if (!targetId) throw new AppError('no-target', 'This work needs a target.')
  return withTarget(ctx, targetId, 'restore', { purpose: 'recovery-find' }, async ({ sql, target }) => {
    const { document } = await getPolicy(ctx.db, targetId)
    if (document.memberships.length === 0) chooseRule(document, null, target.name)
    const tables = await listTables(sql)
    const searched = new Map<string, RecoverySource>()
    const memberships: RecoverySearch['memberships'] = []
    const now = new Date()
    for (const rule of document.memberships) {
      await scope.phase(`find ${rule.name}`)
      const membership = openMembership(rule, tables)
      const { livingUsers, users } = await listLockedOut({ sql, signal: scope.signal }, membership)
      const had = await collectHad({ job: scope, targetId, sql }, membership, users, {
        archives: false,
        until: now,
      })
      for (const source of had.sources) searched.set(source.backupId ?? source.kind, source)
      memberships.push({
        name: rule.name,
        livingUsers,
        users: await describeHad({ sql, job: scope }, membership, had, users),
      })
    }
    return { searchedAt: now.toISOString(), memberships, searched: [...searched.values()] }
  })
}
