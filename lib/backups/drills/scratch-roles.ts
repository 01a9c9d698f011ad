import { randomBytes } from 'node:crypto'
import type postgres from 'postgres'
import { quoteIdentifier } from '#lib/sql/identifier.ts'

/** Written on the roles that drills make, so that they are told from the server's own. */
const mark = 'holdfast: made for a drill'

async function makeRole(admin: postgres.Sql, role: string, options: string): Promise<void> {
  await admin.unsafe(`create role ${quoteIdentifier(role)} ${options}`)
  await admin.unsafe(`comment on role ${quoteIdentifier(role)} is '${mark}'`)
}

/** Roles that definitions name must exist; they may do nothing and nobody can sign in as one. Safe to repeat. */
export async function makeNamedRoles(admin: postgres.Sql, roles: readonly string[]): Promise<void> {
  const there = await admin<{ rolname: string }[]>`
    select rolname from pg_catalog.pg_roles where rolname = any (${roles as string[]})`
  for (const role of roles)
    if (!there.some(({ rolname }) => rolname === role)) await makeRole(admin, role, 'nologin')
}

/** A role of its own for a scratch database, without any privilege but to own that. Returns its password. */
export async function makeOwner(admin: postgres.Sql, role: string): Promise<string> {
  const password = randomBytes(24).toString('hex')
  await makeRole(
    admin,
    role,
    `login nosuperuser nocreatedb nocreaterole noreplication nobypassrls connection limit 8 password '${password}'`,
  )
  return password
}

/** Drops every role that drills made. Only while no scratch database is left and nobody makes one. Safe to repeat. */
export async function dropMarkedRoles(admin: postgres.Sql): Promise<void> {
  const marked = await admin<{ rolname: string }[]>`
    select rolname from pg_catalog.pg_roles where pg_catalog.shobj_description(oid, 'pg_authid') = ${mark}`
  // What somebody gave such a role in another database keeps it there; that is theirs to take back.
  for (const { rolname } of marked)
    await admin.unsafe(`drop role if exists ${quoteIdentifier(rolname)}`).catch(() => {})
}
