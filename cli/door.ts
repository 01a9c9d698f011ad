import { hostname, userInfo } from 'node:os'
import { askPassword } from '#cli/ask-password.ts'
import { requireDone } from '#cli/exit-code.ts'
import { revokeSession } from '#lib/auth/revoke-session.ts'
import { signIn } from '#lib/auth/sign-in.ts'
import type { Actor, Ctx } from '#lib/context.ts'
import { closeDb, type Db, openDb } from '#lib/db/client.ts'
import { assertStoreVersion } from '#lib/db/migrate-db.ts'
import { controlDatabaseUrl, loadKeyRing } from '#lib/env.ts'

/** What a command gets: who acts on which store, and a way to talk to people while it works. */
export interface Door {
  ctx: Ctx
  json: boolean
  /** To stderr, so that stdout stays free for the result. */
  say(line: string): void
}

export interface DoorOptions {
  json: boolean
  /** The e-mail of the person who acts; without it the operator at this terminal does. */
  as?: string | undefined
}

/** The person at this terminal, known to the host only. */
export function operator(): Actor & { kind: 'operator' } {
  let osUser: string
  try {
    osUser = userInfo().username
  } catch {
    // An account without a passwd entry, as in many containers.
    osUser = `uid-${process.getuid?.() ?? 'unknown'}`
  }
  return { kind: 'operator', osUser, host: hostname() }
}

/** Opens the control database for one command, lets it act, and closes it whatever happens. */
export async function withDoor<T>(options: DoorOptions, act: (door: Door) => Promise<T>): Promise<T> {
  const url = controlDatabaseUrl()
  await assertStoreVersion(url)
  const db = openDb(url, { applicationName: 'holdfast:cli', maxConnections: 5 })
  let actor: Actor | null = null
  try {
    actor = options.as ? await signInAs(db, options.as) : operator()
    const ctx: Ctx = { db, keys: loadKeyRing(), actor }
    return await act({
      ctx,
      json: options.json,
      say: (line) => process.stderr.write(`${line}\n`),
    })
  } finally {
    // A command's session lives as long as the command.
    if (actor?.kind === 'user') await revokeSession({ db, keys: null, actor }, { sessionId: actor.sessionId })
    await closeDb(db)
  }
}

async function signInAs(db: Db, email: string): Promise<Actor> {
  const password = await askPassword(email)
  const { user, sessionId } = requireDone(
    await signIn(db, { email, password, userAgent: `holdfast at ${hostname()}` }),
  )
  return { kind: 'user', userId: user.id, email: user.email, role: user.role, sessionId }
}
