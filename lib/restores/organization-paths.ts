import { AppError } from '#lib/errors.ts'
import { formatTable, sameTable, type TableName } from '#lib/sql/identifier.ts'
import { type Conditions, type MembershipRule, type Policy, policyTable } from '#lib/targets/policy.ts'
import type { Table } from '#lib/targets/types.ts'

/** One reference on the way from a table to the organisation that its rows belong to. */
export interface Hop {
  child: Table
  columns: readonly string[]
  parent: Table
  referencedColumns: readonly string[]
  /** Which rows of the child refer in this way at all. */
  where: Conditions
}

/** The column that holds an organisation's key, and whose table it is in. */
export interface Anchor {
  table: Table
  column: string
}

export interface OrganizationPaths {
  rule: MembershipRule
  anchor: Anchor
  /** The hops from a table to the anchor; none for the anchor itself, null where no reference leads there. */
  pathOf(table: TableName): Hop[] | null
}

const refused = (code: string, message: string, hint: string) =>
  new AppError(code, message, { kind: 'refused', hint })

/** The membership rule that says what an organisation is. Throws AppError `membership-unknown` or `membership-ambiguous`. */
export function findRule(policy: Policy, wanted: string | null): MembershipRule {
  const names = policy.memberships.map(({ name }) => name)
  if (wanted !== null) {
    const found = policy.memberships.find(({ name }) => name === wanted)
    if (found) return found
    throw refused(
      'membership-unknown',
      `The policy has no membership rule “${wanted}”.`,
      names.length > 0 ? `It has: ${names.join(', ')}` : 'See it with: holdfast policy show NAME',
    )
  }
  if (names.length === 0)
    throw refused(
      'membership-unknown',
      'The policy has no membership rule, so nothing says what an organisation is.',
      'Add one under memberships: holdfast policy suggest NAME',
    )
  const places = new Set(
    policy.memberships.map(({ organizations, members }) => organizations?.table ?? members.table),
  )
  if (places.size > 1)
    throw refused(
      'membership-ambiguous',
      `The policy has several kinds of organisation: ${names.join(', ')}.`,
      'Say which membership rule is meant.',
    )
  return policy.memberships[0]!
}

function listHops(tables: readonly Table[], policy: Policy, rule: MembershipRule): Hop[] {
  const find = (name: TableName) => tables.find((table) => sameTable(table, name))
  const hops: Hop[] = []
  const add = (
    child: Table | undefined,
    columns: readonly string[],
    parent: Table | undefined,
    referencedColumns: readonly string[],
    where: Conditions = {},
  ) => {
    if (child && parent && !sameTable(child, parent))
      hops.push({ child, columns, parent, referencedColumns, where })
  }
  for (const child of tables)
    for (const key of child.foreignKeys) add(child, key.columns, find(key.references), key.referencedColumns)
  for (const reference of policy.references)
    add(
      find(policyTable(reference.table)),
      reference.columns,
      find(policyTable(reference.references)),
      reference.referencedColumns,
      reference.where,
    )
  if (rule.organizations) {
    const parent = find(policyTable(rule.organizations.table))
    const key = [rule.organizations.key]
    const { members, roles } = rule
    add(find(policyTable(members.table)), [members.organization], parent, key, members.where)
    if (roles?.organization)
      add(find(policyTable(roles.table)), [roles.organization], parent, key, roles.where)
  }
  return hops
}

const mayBeEmpty = ({ child, columns }: Hop): boolean =>
  columns.some((column) => !child.columns.find(({ name }) => name === column)?.notNull)

/**
 * The shortest way from each table to the organisations of a membership rule, over declared foreign keys, the policy's
 * references and the rule itself; of equally short ones the one whose columns are never empty. Pure.
 */
export function findOrganizationPaths(
  tables: readonly Table[],
  policy: Policy,
  wanted: string | null,
): OrganizationPaths {
  const rule = findRule(policy, wanted)
  const place = policyTable(rule.organizations?.table ?? rule.members.table)
  const table = tables.find((one) => sameTable(one, place))
  if (!table)
    throw new AppError('table-not-found', `${formatTable(place)}: no such table in the target.`, {
      kind: 'not-found',
      hint: 'The membership rule of the policy names it.',
    })
  const anchor: Anchor = { table, column: rule.organizations?.key ?? rule.members.organization }
  const hops = listHops(tables, policy, rule)
  const rank = (hop: Hop) =>
    `${mayBeEmpty(hop) ? 1 : 0} ${Object.keys(hop.where).length > 0 ? 1 : 0} ${formatTable(hop.parent)} ${hop.columns.join(' ')}`
  hops.sort((a, b) => (rank(a) < rank(b) ? -1 : 1))
  const paths = new Map<string, Hop[]>([[formatTable(table), []]])
  for (let level = [formatTable(table)]; level.length > 0; ) {
    const next: string[] = []
    for (const hop of hops) {
      const child = formatTable(hop.child)
      if (paths.has(child) || !level.includes(formatTable(hop.parent))) continue
      if (next.includes(child)) continue
      next.push(child)
    }
    const before = new Map(paths)
    for (const child of next) {
      const hop = hops.find(
        (one) => formatTable(one.child) === child && level.includes(formatTable(one.parent)),
      )!
      paths.set(child, [hop, ...before.get(formatTable(hop.parent))!])
    }
    level = next
  }
  return { rule, anchor, pathOf: (name) => paths.get(formatTable(name)) ?? null }
}

/** How a table's rows belong to an organisation, for people: `customer_id → shop.customers, organization_id`. */
export function pathText(hops: readonly Hop[], anchor: Anchor): string {
  if (hops.length === 0) return anchor.column
  return hops.map((hop) => `${hop.columns.join(' and ')} → ${formatTable(hop.parent)}`).join(', ')
}
