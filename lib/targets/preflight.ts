import { formatTable, quoteTable, sameTable, type TableName } from '#lib/sql/identifier.ts'
import type { PolicyProblem } from '#lib/targets/check-policy.ts'
import type { TargetIdentity } from '#lib/targets/identify-target.ts'
import { type Policy, protectedTables } from '#lib/targets/policy.ts'
import { leastPrivilegeSql } from '#lib/targets/role-sql.ts'
import type { Table, Target, TargetRole } from '#lib/targets/types.ts'

export interface PreflightCheck {
  name: string
  ok: boolean
  message: string
  hint: string | null
  /** A weakness that a person should know of, but that stops nothing. */
  advisory: boolean
}

export interface Preflight {
  ok: boolean
  checks: PreflightCheck[]
}

/** What a role found out about itself (sql/privileges.sql). */
export interface RolePrivileges {
  roleName: string
  isSuperuser: boolean
  isMonitor: boolean
  readsAllData: boolean
  bypassesRowSecurity: boolean
  mayCreateSchemas: boolean
  tableCount: number
  unreadableTables: TableName[]
  hiddenTables: TableName[]
  unwritableTables: TableName[]
  unguardableTables: TableName[]
  unreadableLargeObjects: number
  extensions: string[]
}

export const passed = (name: string, message: string): PreflightCheck => ({
  name,
  ok: true,
  message,
  hint: null,
  advisory: false,
})

export const failed = (
  name: string,
  message: string,
  hint: string | null,
  advisory = false,
): PreflightCheck => ({ name, ok: false, message, hint, advisory })

/** Ready when everything but the advice holds. */
export const summarize = (checks: PreflightCheck[]): Preflight => ({
  ok: checks.every((check) => check.ok || check.advisory),
  checks,
})

const some = (tables: readonly TableName[]): string => {
  const names = tables.map(formatTable)
  return names.length <= 8 ? names.join(', ') : `${names.slice(0, 8).join(', ')} and ${names.length - 8} more`
}

/** Those of the tables that the policy protects: nothing else is written or guarded. */
const onlyProtected = (tables: readonly TableName[], policy: Policy): TableName[] =>
  tables.filter((table) => protectedTables(policy).some((wanted) => sameTable(wanted, table)))

/** Whether it is still the server that was registered, and one that Holdfast can work with. */
export function judgeIdentity(
  target: Target & { systemIdentifier: string | null },
  identity: TargetIdentity,
): PreflightCheck[] {
  const checks: PreflightCheck[] = []
  checks.push(
    identity.serverVersionNumber >= 140_000
      ? passed('version', `PostgreSQL ${identity.serverVersion}`)
      : failed(
          'version',
          `PostgreSQL ${identity.serverVersion} is too old; 14 or later is needed.`,
          'Upgrade the server.',
        ),
  )
  const moved =
    target.systemIdentifier !== null &&
    identity.systemIdentifier !== null &&
    target.systemIdentifier !== identity.systemIdentifier
  checks.push(
    moved
      ? failed(
          'identity',
          'This is another PostgreSQL cluster than the one that was registered.',
          `If it was moved on purpose: holdfast targets remove ${target.name}, then add it again.`,
        )
      : passed('identity', 'The cluster that was registered.'),
  )
  if (identity.isStandby) {
    checks.push(
      failed(
        'primary',
        'This server is a standby now; nothing can be guarded or restored there.',
        'Point the target at the primary.',
      ),
    )
  }
  return checks
}

type WorkingRole = Exclude<TargetRole, 'owner'>

/** What a role cannot do of its work, and the grant that helps; null when it can. */
function findLack(role: WorkingRole, found: RolePrivileges, policy: Policy): [string, string] | null {
  const lacks: string[] = []
  switch (role) {
    case 'watch':
      if (!found.isMonitor && !found.isSuperuser)
        lacks.push('does not see other sessions and their statements')
      return lacks.length > 0 ? [lacks.join(), `grant pg_monitor to ${found.roleName};`] : null
    case 'backup':
      if (found.unreadableTables.length > 0) lacks.push(`cannot read ${some(found.unreadableTables)}`)
      if (found.hiddenTables.length > 0) lacks.push(`does not see every row of ${some(found.hiddenTables)}`)
      if (lacks.length === 0) return null
      return [
        lacks.join(', and '),
        `grant pg_read_all_data to ${found.roleName}; alter role ${found.roleName} bypassrls;`,
      ]
    case 'restore': {
      const unwritable = onlyProtected(found.unwritableTables, policy)
      if (unwritable.length > 0) lacks.push(`cannot write ${some(unwritable)}`)
      // Each operation keeps what its undo needs in a schema of its own.
      if (!found.mayCreateSchemas) lacks.push('may not make the schema of a safety copy')
      if (lacks.length === 0) return null
      const grants = [
        unwritable.length > 0 ? `grant pg_write_all_data to ${found.roleName};` : '',
        found.mayCreateSchemas ? '' : `grant create on database … to ${found.roleName};`,
      ]
      return [lacks.join(', and '), grants.filter(Boolean).join(' ')]
    }
    case 'guard': {
      const unguardable = onlyProtected(found.unguardableTables, policy)
      if (!found.mayCreateSchemas) lacks.push('may not create the schema holdfast')
      if (unguardable.length > 0) lacks.push(`may not put triggers on ${some(unguardable)}`)
      if (lacks.length === 0) return null
      const grants = [
        found.mayCreateSchemas ? '' : `grant create on database … to ${found.roleName};`,
        unguardable.length === 0
          ? ''
          : `grant trigger on ${unguardable.map(quoteTable).join(', ')} to ${found.roleName};`,
      ]
      return [lacks.join(', and '), grants.filter(Boolean).join(' ')]
    }
  }
}

/** What one role lacks for its work. */
export function judgeRole(
  role: WorkingRole,
  found: RolePrivileges,
  policy: Policy,
  borrowed: boolean,
): PreflightCheck {
  const lack = findLack(role, found, policy)
  const who = borrowed ? `${found.roleName} (the owner’s URL; no credential of its own)` : found.roleName
  return lack
    ? failed(`role ${role}`, `${who} ${lack[0]}.`, lack[1])
    : passed(`role ${role}`, `${who} may do its work.`)
}

/** What a backup by this role would miss, named. */
export function judgeBackup(found: RolePrivileges): PreflightCheck[] {
  return [
    found.unreadableTables.length === 0
      ? passed('tables readable', `All ${found.tableCount} tables can be read.`)
      : failed(
          'tables readable',
          `A backup could not read ${some(found.unreadableTables)}.`,
          `grant pg_read_all_data to ${found.roleName};`,
        ),
    found.hiddenTables.length === 0
      ? passed('row security', 'No row-level security policy hides rows from the backup.')
      : failed(
          'row security',
          `Row-level security would hide rows of ${some(found.hiddenTables)}.`,
          `alter role ${found.roleName} bypassrls;`,
        ),
    found.unreadableLargeObjects === 0
      ? passed('large objects', 'No large object is out of reach.')
      : failed(
          'large objects',
          `${found.unreadableLargeObjects} large objects of other owners cannot be read; pg_dump would fail.`,
          'Grant select on each large object, or back up as their owner.',
        ),
  ]
}

/** Whether the policy still fits, and which protected tables are hard to restore. */
export function judgePolicy(
  target: Target,
  policy: Policy,
  tables: readonly Table[],
  problems: readonly PolicyProblem[],
): PreflightCheck[] {
  const keyless = protectedTables(policy).filter((wanted) =>
    tables.some((table) => sameTable(table, wanted) && table.key === null),
  )
  return [
    problems.length === 0
      ? passed('policy', 'Everything the policy names exists.')
      : failed(
          'policy',
          problems.map(({ path, message }) => `${path}: ${message}`).join(' '),
          `holdfast policy suggest ${target.name}, then holdfast policy apply ${target.name} FILE`,
        ),
    keyless.length === 0
      ? passed('primary keys', 'Every protected table has a key.')
      : failed(
          'primary keys',
          `No primary key: ${some(keyless)}. Lost rows there are found by whole content only.`,
          'Add a primary key.',
          true,
        ),
  ]
}

/** The first look with a superuser is accepted, and said. */
export const judgeSuperuser = (target: Target, identity: TargetIdentity, policy: Policy): PreflightCheck =>
  identity.isSuperuser
    ? failed(
        'least privilege',
        `${identity.roleName} is a superuser. That is fine for a first look; for good, make the four roles.`,
        leastPrivilegeSql(target.databaseName, protectedTables(policy)),
        true,
      )
    : passed('least privilege', `${identity.roleName} is no superuser.`)
