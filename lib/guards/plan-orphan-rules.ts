import type postgres from 'postgres'
import { bodyOf } from '#lib/guards/shared-objects.ts'
import type { GuardObject, KnownGap } from '#lib/guards/types.ts'
import { formatTable, sameTable } from '#lib/sql/identifier.ts'
import { loadSql } from '#lib/sql/load-sql.ts'
import { type MembershipRule, type Policy, policyTable, protectedTables } from '#lib/targets/policy.ts'

const load = (name: string): string => loadSql(new URL(`./sql/${name}.sql`, import.meta.url))

const rulesSql = load('plan_orphan_rules')
const referencesSql = load('plan_reference_rules')
const compareSql = load('compare_orphan_objects')
const tablesSql = load('orphan_tables')

const touchingFunction = {
  kind: 'function',
  table: null,
  name: 'touch_membership_locks',
  arguments: 'rule text, kind text, keys text[]',
  returns: 'void',
  body: bodyOf(load('touch_membership_locks')),
}
const templates = { pass: bodyOf(load('guard_orphans')), find: bodyOf(load('find_orphans')) }

/**
 * Compares what keeps the policy's memberships and references from losing their last with the target's catalog; only
 * reads. A rule whose table is not protected has no guard to hang on and is listed as a gap.
 */
export async function planOrphanRules(
  sql: postgres.Sql,
  policy: Policy,
): Promise<{ objects: GuardObject[]; gaps: KnownGap[] }> {
  const rules = wantedRules(policy)
  const references = wantedReferences(policy)
  const planned = [
    ...(await sql.unsafe(rulesSql, [rules as never, templates as never])),
    ...(await sql.unsafe(referencesSql, [references as never, templates as never])),
  ]
  const wanted = planned.some((row) => row.kind === 'trigger') ? [touchingFunction, ...planned] : planned
  const rows = await sql.unsafe<GuardObject[]>(compareSql, [wanted as never, tablesSql])
  const objects = rows.map(({ table, object, statement, state, problem }) => ({
    table,
    object,
    statement,
    state,
    problem,
  }))
  return { objects, gaps: listOrphaningGaps(policy) }
}

const isProtected = (policy: Policy, text: string): boolean =>
  protectedTables(policy).some((table) => sameTable(table, policyTable(text)))

function describe(policy: Policy, text: string) {
  const table = policyTable(text)
  return { ...table, label: formatTable(table), guarded: isProtected(policy, text) }
}

const keptRules = (policy: Policy): MembershipRule[] =>
  policy.memberships.filter((rule) => rule.orphaning === 'refuse')

const hasOwners = (rule: MembershipRule): boolean =>
  rule.owners.length > 0 && (rule.roles !== undefined || rule.members.role !== undefined)

function wantedRules(policy: Policy): unknown[] {
  return keptRules(policy).map((rule) => {
    const part = <T extends { table: string }>(entry: T | undefined) =>
      entry && { ...entry, ...describe(policy, entry.table) }
    return {
      name: rule.name,
      owners: hasOwners(rule) ? rule.owners.map(String) : [],
      users: part(rule.users),
      organizations: part(rule.organizations),
      members: part(rule.members),
      roles: part(rule.roles),
    }
  })
}

function wantedReferences(policy: Policy): unknown[] {
  return keptReferences(policy).map((reference) => {
    const child = describe(policy, reference.table)
    return {
      name: `${child.label}.${reference.columns.join(',')}`,
      child,
      parent: describe(policy, reference.references),
      columns: reference.columns,
      referencedColumns: reference.referencedColumns,
      where: reference.where,
    }
  })
}

const keptReferences = (policy: Policy): Policy['references'] =>
  policy.references.filter(
    (reference) => reference.orphaning === 'refuse' && isProtected(policy, reference.references),
  )

/** What the orphaning rule of this policy does not see, for people to read beside what is covered. Pure. */
export function listOrphaningGaps(policy: Policy): KnownGap[] {
  const gaps: KnownGap[] = []
  const unguarded = new Map<string, string[]>()
  const note = (table: string, rule: string) => {
    if (!isProtected(policy, table)) unguarded.set(table, [...(unguarded.get(table) ?? []), rule])
  }
  for (const rule of keptRules(policy)) {
    note(rule.members.table, rule.name)
    if (hasOwners(rule)) note(rule.users.table, rule.name)
    if (hasOwners(rule) && rule.roles) note(rule.roles.table, rule.name)
  }
  for (const reference of policy.references.filter((each) => each.orphaning === 'refuse')) {
    note(reference.references, `${reference.table}.${reference.columns.join(',')}`)
  }
  for (const [table, names] of unguarded) {
    gaps.push({
      what: `Orphans by changes of ${table}`,
      why: `The policy does not protect this table, so nothing watches it for ${names.join(', ')}. Add it to protectedTables.`,
    })
  }
  if (keptRules(policy).length > 0) {
    gaps.push({
      what: 'Memberships that end by themselves',
      why: 'Closing an organisation and an expiry date that lies ahead are decisions of the application, whoever loses their last membership by them. Membership checks find it within a minute.',
    })
  }
  if (keptReferences(policy).length > 0) {
    gaps.push({
      what: 'A row added while what it refers to is being deleted',
      why: 'Neither transaction sees the other. Reference checks find it; a declared foreign key rules it out.',
    })
  }
  return gaps
}
