import type { EvidenceBook } from '#lib/recovery/evidence.ts'
import type { Had, HadRows, Searching } from '#lib/recovery/had-tables.ts'
import {
  type Giver,
  givingMembers,
  letsInAt,
  type Membership,
  now,
  organizationOf,
  userOf,
} from '#lib/recovery/membership-rows.ts'
import { runSql } from '#lib/rows/run-sql.ts'
import { bind, columnOf, type Fragment, fragment, name, tableOf } from '#lib/sql/fragment.ts'
import { conditionsSql } from '#lib/targets/membership-sql.ts'

/** Of one user in one organisation the newest evidence counts: what was there before was replaced by it. */
async function keepNewest(scope: Searching, { relation }: HadRows): Promise<void> {
  await runSql(
    scope,
    fragment`delete from ${tableOf(relation)} h using (
      select holdfast_user, holdfast_organization, max(holdfast_at) as newest from ${tableOf(relation)} group by 1, 2
    ) n where h.holdfast_user = n.holdfast_user and h.holdfast_organization = n.holdfast_organization and h.holdfast_at < n.newest`,
  )
}

function organizationIsGone({ organizations, rule }: Membership, giver: Giver): Fragment {
  if (!organizations || !rule.organizations || !giver.organization) return fragment`false`
  return fragment`not exists (select from ${tableOf(organizations)} o where ${columnOf('o', rule.organizations.key)}::text = h.holdfast_organization
    and ${conditionsSql(organizations, 'o', rule.organizations.living)})`
}

/** Tells apart what was lost from what was taken away: with approval, before the loss, by its own end, with its organisation. */
async function markRemoved(
  scope: Searching,
  membership: Membership,
  { giver, relation }: HadRows,
  { lostSince, includeRemoved }: EvidenceBook,
): Promise<void> {
  const since = fragment`${bind(lostSince.toISOString())}::timestamptz`
  const taken = includeRemoved
    ? fragment``
    : fragment`when h.holdfast_operation is not null then 'approved' when h.holdfast_gone < ${since} then 'earlier'`
  const ended = giver.expiresAt
    ? fragment`when h.${name(giver.expiresAt)} <= ${now} then 'ended'`
    : fragment``
  await runSql(
    scope,
    fragment`update ${tableOf(relation)} h set holdfast_removal = case ${taken} ${ended}
      when ${organizationIsGone(membership, giver)} then 'organization' end`,
  )
}

/** A role comes back where its membership does or is in force, and live gives none: never more than they had. */
async function dropNeedlessRoles(
  scope: Searching,
  { members, roles }: Had & { roles: HadRows },
  membership: Membership,
): Promise<void> {
  const { giver } = roles
  const giving = givingMembers(membership)
  const inPlace = (user: Fragment, organization: Fragment) =>
    giver.organization
      ? fragment`${user} = h.holdfast_user and ${organization} = h.holdfast_organization`
      : fragment`${user} = h.holdfast_user`
  await runSql(
    scope,
    fragment`delete from ${tableOf(roles.relation)} h where exists (
      select from ${tableOf(giver.live)} r where ${letsInAt(giver, now)} and ${inPlace(userOf(giver), organizationOf(giver))})`,
  )
  await runSql(
    scope,
    fragment`delete from ${tableOf(roles.relation)} h where not exists (
      select from ${tableOf(members.relation)} f where f.holdfast_removal is null and ${inPlace(fragment`f.holdfast_user`, fragment`f.holdfast_organization`)}
    ) and not exists (
      select from ${tableOf(giving.live)} m where ${letsInAt(giving, now)} and ${inPlace(userOf(giving), organizationOf(giving))})`,
  )
}

/** Who only lacks a role gets it where they are a member now, and no membership beside. */
async function keepPlaces(scope: Searching, { giver, relation }: HadRows): Promise<void> {
  await runSql(
    scope,
    fragment`delete from ${tableOf(relation)} h using ${tableOf(scope.people)} p
      where p.user_key = h.holdfast_user and p.reason = 'without-role' and not exists (
        select from ${tableOf(giver.live)} m where ${letsInAt(giver, now)} and ${userOf(giver)} = h.holdfast_user and ${organizationOf(giver)} = h.holdfast_organization)`,
  )
}

/** Decides of all that was found what is given back. */
export async function settleHad(
  scope: Searching,
  membership: Membership,
  had: Had,
  book: EvidenceBook,
): Promise<void> {
  const { members, roles } = had
  for (const rows of [members, roles])
    if (rows) await runSql(scope, fragment`analyze ${tableOf(rows.relation)}`)
  await keepPlaces(scope, members)
  await keepNewest(scope, members)
  await markRemoved(scope, membership, members, book)
  if (!roles) return
  await keepNewest(scope, roles)
  await markRemoved(scope, membership, roles, book)
  await dropNeedlessRoles(scope, { ...had, roles }, membership)
}
