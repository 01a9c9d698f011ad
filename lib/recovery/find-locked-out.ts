import { AppError } from '#lib/errors.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import { collectHad } from '#lib/recovery/collect-had.ts'
import { describeHad } from '#lib/recovery/describe-had.ts'
import { listChoices } from '#lib/recovery/list-choices.ts'
import { listEvidence } from '#lib/recovery/list-evidence.ts'
import { listLockedOut, type Reading } from '#lib/recovery/list-locked-out.ts'
import { findLossBeginning } from '#lib/recovery/loss-begins.ts'
import { chooseRule, type Membership, openMembership } from '#lib/recovery/membership-rows.ts'
import type { FoundOrganizations, RecoverySearch, RecoverySource } from '#lib/recovery/types.ts'
import { runSql } from '#lib/rows/run-sql.ts'
import { listTables } from '#lib/targets/introspect.ts'
import { withTarget } from '#lib/targets/open-target.ts'
import { findingApplies, organizationFindingSql, organizationFindings } from '#lib/targets/ownership-sql.ts'
import { getPolicy } from '#lib/targets/queries.ts'

const organizationsShown = 50

async function listOrganizations(scope: Reading, { rule, all }: Membership): Promise<FoundOrganizations[]> {
  const found: FoundOrganizations[] = []
  for (const finding of organizationFindings) {
    if (!findingApplies(rule, finding)) continue
    const [row] = await runSql<{ affected: number; samples: FoundOrganizations['samples'] | null }>(
      scope,
      organizationFindingSql(rule, all, finding, organizationsShown),
    )
    if (row!.affected > 0) found.push({ finding, affected: row!.affected, samples: row!.samples ?? [] })
  }
  return found
}

export interface FindPayload {
  archives?: boolean
  since?: string | null
}

/**
 * Finds the living users of a target whom no membership lets in, what each of them had, and the organisations that nobody can
 * run. Only reads; temporary tables end with the session. Archives are opened only when that was asked for.
 */
export function findLockedOut(
  job: JobScope,
  { archives = false, since = null }: FindPayload = {},
): Promise<RecoverySearch> {
  const { ctx, targetId } = job
  if (!targetId) throw new AppError('no-target', 'This work needs a target.')
  return withTarget(ctx, targetId, 'restore', { purpose: 'recovery-find' }, async ({ sql, target }) => {
    const { document } = await getPolicy(ctx.db, targetId)
    if (document.memberships.length === 0) chooseRule(document, null, target.name)
    const tables = await listTables(sql)
    const searched = new Map<string, RecoverySource>()
    const problems = new Set<string>()
    const memberships: RecoverySearch['memberships'] = []
    const until = new Date()
    const lostSince = await findLossBeginning(ctx.db, { targetId, since, until })
    const scope = { sql, signal: job.signal, phase: job.phase }
    const listed = await listEvidence(job, scope, targetId, { archives, until })
    for (const rule of document.memberships) {
      await job.phase(`find ${rule.name}`)
      const membership = openMembership(rule, tables)
      const { livingUsers, users } = await listLockedOut(scope, membership)
      const organizations = await listOrganizations(scope, membership)
      await job.phase(`what they had in ${rule.name}`, users.length)
      const had = await collectHad(scope, membership, users, {
        ...listed,
        until,
        lostSince,
        slowFor: 'each',
        includeRemoved: false,
      })
      for (const source of had.sources) searched.set(source.backupId ?? source.kind, source)
      for (const problem of had.problems) problems.add(problem)
      const described = await describeHad(scope, membership, had, users)
      memberships.push({
        name: rule.name,
        livingUsers,
        users: described,
        organizations,
        choices: described.some((user) => user.had.length === 0)
          ? await listChoices(scope, membership)
          : { organizations: [], roles: [] },
      })
    }
    return {
      searchedAt: until.toISOString(),
      lostSince: lostSince.toISOString(),
      archives,
      memberships,
      searched: [...searched.values()],
      problems: [...problems],
    }
  })
}
