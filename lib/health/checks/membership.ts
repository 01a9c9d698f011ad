import { countOf, formatCount } from '#lib/format/format-count.ts'
import { healthy, numberIn, samplesOf, unhealthy } from '#lib/health/judgement.ts'
import { atLeisure, planCheck } from '#lib/health/plan-check.ts'
import { findFall, severityOfFall } from '#lib/health/row-changes.ts'
import { livingUsersCheck } from '#lib/health/row-history.ts'
import type {
  HealthSeverity,
  Judgement,
  PlanChecks,
  PlannedCheck,
  Row,
  RowHistory,
} from '#lib/health/types.ts'
import type { Fragment } from '#lib/sql/fragment.ts'
import { sameTable } from '#lib/sql/identifier.ts'
import {
  danglingSql,
  emptyOrganizationsSql,
  type LockoutReason,
  livingUsersSql,
  lockedOutSql,
  lockoutReasons,
  withoutRoleSql,
} from '#lib/targets/membership-sql.ts'
import {
  findingApplies,
  leavingDays,
  type OrganizationFinding,
  organizationFindingSql,
  organizationFindings,
} from '#lib/targets/ownership-sql.ts'
import { type MembershipRule, policyTable } from '#lib/targets/policy.ts'
import type { Table } from '#lib/targets/types.ts'

const titles: Record<LockoutReason, string> = {
  missing: 'Users without any membership',
  inactive: 'Users whose memberships are all inactive',
  expired: 'Users whose memberships have expired',
  'not-started': 'Users whose memberships have not begun',
  'dead-organization': 'Users whose organisations are gone',
}

const says: Record<LockoutReason, string> = {
  missing: 'have no membership at all',
  inactive: 'have only inactive memberships',
  expired: 'have only expired memberships',
  'not-started': 'have only memberships that begin later',
  'dead-organization': 'belong only to organisations that are closed or missing',
}

interface OrganizationWords {
  title: string
  severity: HealthSeverity
  fine: string
  says: string
  remedy: string
}

const organizationWords: Record<OrganizationFinding, OrganizationWords> = {
  ownerless: {
    title: 'Organisations without an owner',
    severity: 'CRITICAL',
    fine: 'has an owner',
    says: 'have members and nobody who owns them',
    remedy: 'See who owned them: holdfast recovery find',
  },
  'owner-leaving': {
    title: 'Organisations whose last owner is about to leave',
    severity: 'WARNING',
    fine: `keeps an owner for the next ${leavingDays} days`,
    says: `lose their last owner within ${leavingDays} days`,
    remedy:
      'Give the organisation another owner, or prolong the membership, before it ends; list them with: holdfast recovery find',
  },
  'duplicate-membership': {
    title: 'Memberships held twice',
    severity: 'WARNING',
    fine: 'has each member once',
    says: 'memberships are held twice or more by the same person',
    remedy: 'Taking one of them away does not take the access away; list them with: holdfast recovery find',
  },
}

export function judgeOrganizations(finding: OrganizationFinding, targetName: string) {
  const { severity, fine, says: what, remedy } = organizationWords[finding]
  return (rows: readonly Row[]): Judgement => {
    const [affected, total] = [numberIn(rows[0], 'affected'), numberIn(rows[0], 'total')]
    if (affected === 0) return healthy(`Each of ${countOf(total, 'organisation')} ${fine}.`)
    const who =
      finding === 'duplicate-membership'
        ? formatCount(affected)
        : `${formatCount(affected)} of ${countOf(total, 'organisation')}`
    return unhealthy(severity, `${who} ${what}.`, {
      affected,
      samples: samplesOf(rows[0]),
      remedy: `${remedy} ${targetName}`,
    })
  }
}

/** Anyone locked out is critical; more than half of everyone is an emergency. */
export const severityOfLockout = (affected: number, total: number): HealthSeverity =>
  affected * 2 > total ? 'EMERGENCY' : 'CRITICAL'

export function judgeLockout(reason: string, targetName: string) {
  return (rows: readonly Row[]): Judgement => {
    const [affected, total] = [numberIn(rows[0], 'affected'), numberIn(rows[0], 'total')]
    if (affected === 0) return healthy(`None of ${countOf(total, 'living user')} ${reason}.`)
    return unhealthy(
      severityOfLockout(affected, total),
      `${formatCount(affected)} of ${countOf(total, 'living user')} ${reason}.`,
      {
        affected,
        samples: samplesOf(rows[0]),
        remedy: `See what each of them had: holdfast recovery find ${targetName}`,
      },
    )
  }
}

/** Memberships of nobody, or of nothing: they let nobody in, and come alive when a key is used again. */
export function judgeDangling(targetName: string) {
  return (rows: readonly Row[]): Judgement => {
    const [affected, total] = [numberIn(rows[0], 'affected'), numberIn(rows[0], 'total')]
    if (affected === 0) return healthy(`All ${countOf(total, 'membership')} name a user and an organisation.`)
    return unhealthy(
      affected * 2 > total ? 'CRITICAL' : 'WARNING',
      `${formatCount(affected)} of ${countOf(total, 'membership')} name a user or an organisation that is not there.`,
      {
        affected,
        samples: samplesOf(rows[0]),
        remedy: `Restore who was deleted (holdfast backups list ${targetName}), or take these memberships away.`,
      },
    )
  }
}

/** What living users may fall by within a day; longer windows allow more, as for rows. */
const dropPercent = 5

/**
 * Nobody left is the worst state of all, though no single user is locked out then; and many can go at once without any row
 * being deleted, by one column.
 */
export function judgeLivingUsers(targetName: string, history: RowHistory | undefined) {
  return (rows: readonly Row[]): Judgement => {
    const total = numberIn(rows[0], 'total')
    const remedy = `Restore the users from a backup: holdfast backups list ${targetName}`
    if (total === 0)
      return unhealthy('EMERGENCY', 'There is no living user: everybody is gone.', {
        affected: history?.highestOfMonth ?? 0,
        measured: 0,
        remedy,
      })
    const fall = history ? findFall(total, dropPercent, history, 0) : null
    if (!fall) return healthy(`${countOf(total, 'living user')}.`, { measured: total })
    return unhealthy(
      severityOfFall(fall.percent, dropPercent),
      `${countOf(total, 'living user')}: ${formatCount(fall.before - total)} fewer (−${fall.percent.toFixed(1)} %) than ${fall.since}.`,
      { affected: fall.before - total, measured: total, remedy },
    )
  }
}

export function judgeEmptyOrganizations(targetName: string) {
  return (rows: readonly Row[]): Judgement => {
    const [affected, total] = [numberIn(rows[0], 'affected'), numberIn(rows[0], 'total')]
    if (affected === 0) return healthy(`All ${countOf(total, 'organisation')} have a member.`)
    return unhealthy(
      affected * 2 > total ? 'CRITICAL' : 'WARNING',
      `${formatCount(affected)} of ${countOf(total, 'living organisation')} have no effective member.`,
      {
        affected,
        samples: samplesOf(rows[0]),
        remedy: `See who belonged to them: holdfast recovery find ${targetName}`,
      },
    )
  }
}

/** What a rule reads, as far as it is there. */
const tablesOf = ({ users, members, roles }: MembershipRule, tables: readonly Table[]): Table[] =>
  [users.table, members.table, ...(roles ? [roles.table] : [])].flatMap((text) =>
    tables.filter((table) => sameTable(table, policyTable(text))),
  )

/**
 * `membership.<reason>:<rule>` for each way of being locked out, `membership.users:<rule>`,
 * `membership.without-role:<rule>`, `membership.empty-organization:<rule>`, `membership.dangling:<rule>` and, where the rule knows owners,
 * `membership.ownerless:<rule>` and `membership.owner-leaving:<rule>`; `membership.duplicate-membership:<rule>`.
 */
export const planMembershipChecks: PlanChecks = ({ policy, tables, history, targetName }) =>
  policy.memberships.flatMap((rule) => {
    const plan = (kind: string, title: string, judge: PlannedCheck['judge'], collect: () => Fragment) =>
      planCheck(
        {
          check: `membership.${kind}:${rule.name}`,
          area: 'membership',
          title: policy.memberships.length > 1 ? `${title} (${rule.name})` : title,
        },
        targetName,
        () => ({ collect: collect(), judge, ...atLeisure(...tablesOf(rule, tables)) }),
      )
    const applies: Record<LockoutReason, boolean> = {
      missing: true,
      inactive: Object.keys(rule.members.active).length > 0,
      expired: rule.members.expiresAt !== undefined,
      'not-started': rule.members.startsAt !== undefined,
      'dead-organization': rule.organizations !== undefined,
    }
    const planned = [
      plan(
        'users',
        'Living users',
        judgeLivingUsers(targetName, history.get(`${livingUsersCheck}${rule.name}`)),
        () => livingUsersSql(rule, tables),
      ),
      ...lockoutReasons
        .filter((reason) => applies[reason])
        .map((reason) =>
          plan(reason, titles[reason], judgeLockout(says[reason], targetName), () =>
            lockedOutSql(rule, tables, reason),
          ),
        ),
    ]
    if (rule.roles || rule.members.role) {
      const judge = judgeLockout('are members without any role', targetName)
      planned.push(plan('without-role', 'Members without a role', judge, () => withoutRoleSql(rule, tables)))
    }
    if (rule.organizations) {
      planned.push(
        plan(
          'empty-organization',
          'Organisations without a member',
          judgeEmptyOrganizations(targetName),
          () => emptyOrganizationsSql(rule, tables),
        ),
      )
    }
    planned.push(
      plan('dangling', 'Memberships of nobody', judgeDangling(targetName), () => danglingSql(rule, tables)),
    )
    planned.push(
      ...organizationFindings
        .filter((finding) => findingApplies(rule, finding))
        .map((finding) =>
          plan(finding, organizationWords[finding].title, judgeOrganizations(finding, targetName), () =>
            organizationFindingSql(rule, tables, finding),
          ),
        ),
    )
    return planned
  })
