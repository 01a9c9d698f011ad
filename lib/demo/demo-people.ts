import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { addUser } from '#lib/auth/add-user.ts'
import { listUsers } from '#lib/auth/queries.ts'
import { resetPassword } from '#lib/auth/reset-password.ts'
import { useOneTimeLink as setFirstPassword } from '#lib/auth/use-one-time-link.ts'
import type { Ctx, Role } from '#lib/context.ts'
import { dataDirectory, ensureDataDirectory } from '#lib/env.ts'
import { unwrap } from '#lib/errors.ts'

export interface DemoPerson {
  email: string
  name: string
  role: Role
  password: string
}

/** One of each kind of visitor, and a second commander because nobody approves their own request. */
const people: Omit<DemoPerson, 'password'>[] = [
  { email: 'maria@salons.example', name: 'Maria Jansen', role: 'viewer' },
  { email: 'tom@salons.example', name: 'Tom Okafor', role: 'admin' },
  { email: 'ines@salons.example', name: 'Inês Almeida', role: 'commander' },
  { email: 'kofi@salons.example', name: 'Kofi Mensah', role: 'commander' },
]

const signInFile = (): string => join(dataDirectory(), 'demo-sign-in.json')

/** Who can sign in to the demo, as made at its first start; empty where there is no demo. */
export function listDemoPeople(): DemoPerson[] {
  if (!existsSync(signInFile())) return []
  return JSON.parse(readFileSync(signInFile(), 'utf8')) as DemoPerson[]
}

/**
 * Adds the demo's people with random passwords, kept readable by the data directory's owner only. Each is made by
 * the same verbs as everybody else, vouched for by the host's operator. Safe to repeat.
 */
export async function ensureDemoPeople(ctx: Ctx): Promise<DemoPerson[]> {
  const known = new Map(listDemoPeople().map((person) => [person.email, person]))
  const existing = new Set((await listUsers(ctx.db)).map((user) => user.email))
  const all: DemoPerson[] = []
  for (const person of people) {
    const kept = known.get(person.email)
    if (kept && existing.has(person.email)) {
      all.push(kept)
      continue
    }
    const { token } = existing.has(person.email)
      ? unwrap(await resetPassword(ctx, { email: person.email, approverNow: true }))
      : unwrap(await addUser(ctx, { ...person, approverNow: person.role !== 'viewer' }))
    const password = randomBytes(12).toString('base64url')
    unwrap(await setFirstPassword(ctx.db, { token, password }))
    all.push({ ...person, password })
    // Written after each, so that a start that dies here does not lock anybody out.
    ensureDataDirectory()
    writeFileSync(signInFile(), JSON.stringify(all, null, 2), { mode: 0o600 })
  }
  return all
}
