import { sql } from 'drizzle-orm'
import postgres from 'postgres'
import type { Db } from '#lib/db/client.ts'
import { messageOf } from '#lib/errors.ts'
import type { KeyRing } from '#lib/keys.ts'
import { loadSql } from '#lib/sql/load-sql.ts'

const grantWebRoleSql = loadSql(new URL('./sql/grant_web_role.sql', import.meta.url))

/** The login role of the web processes in this control database: roles are the whole server's, so it carries the name. */
export const webRoleName = (database: string): string => `${database.slice(0, 59)}_web`

/** Derived, so that every replica with the same key knows it and nothing has to be kept. */
const webRolePassword = (keys: KeyRing): string => keys.derive('web-role').toString('base64url')

/** The control database's URL for a web process: the same place, with the web role's name and password. */
export function webDatabaseUrl(url: string, keys: KeyRing): string {
  const made = new URL(url)
  made.username = encodeURIComponent(webRoleName(decodeURIComponent(made.pathname.slice(1))))
  made.password = webRolePassword(keys)
  return made.toString()
}

/**
 * Makes the web role and sets exactly its rights. Safe to repeat. Returns why it could not be made: the server's
 * administrator may not let this account create roles, and Holdfast then works without the second trust zone, loudly.
 */
export async function grantWebRole(db: Db, keys: KeyRing): Promise<{ refusedBecause: string | null }> {
  try {
    await db.transaction(async (tx) => {
      const [here] = await tx.execute<{ name: string }>(sql`select current_database() as name`)
      const role = webRoleName(here!.name)
      const [known] = await tx.execute(sql`select 1 as one from pg_roles where rolname = ${role}`)
      // A password cannot be a parameter of these statements; base64url needs no quoting.
      const login = `login noinherit connection limit 100 password '${webRolePassword(keys)}'`
      await tx.execute(
        sql`${sql.raw(known ? 'alter' : 'create')} role ${sql.identifier(role)} with ${sql.raw(login)}`,
      )
      await tx.execute(sql`select set_config('holdfast.web_role', ${role}, true)`)
      await tx.execute(sql.raw(grantWebRoleSql))
    })
    return { refusedBecause: null }
  } catch (error) {
    const cause = error instanceof Error && error.cause ? error.cause : error
    return { refusedBecause: messageOf(cause) }
  }
}

/** Whether a web process can sign in with its own role. */
export async function webRoleWorks(url: string, keys: KeyRing): Promise<boolean> {
  const probe = postgres(webDatabaseUrl(url, keys), { max: 1, connect_timeout: 5, onnotice: () => {} })
  try {
    await probe`select 1`
    return true
  } catch {
    return false
  } finally {
    await probe.end({ timeout: 1 })
  }
}
