import type { Db } from '#lib/db/client.ts'
import type { KeyRing } from '#lib/keys.ts'

export type Role = 'viewer' | 'admin' | 'commander'

/** Who acts. A closed union: every permission and every audit entry knows all four. */
export type Actor =
  | { kind: 'user'; userId: string; email: string; role: Role; sessionId: string }
  /** The person at the host's terminal, without a Holdfast account. May not approve. */
  | { kind: 'operator'; osUser: string; host: string }
  /** The background process: schedules, sweeps, retries. */
  | { kind: 'worker'; workerId: string }
  /** A deploy pipeline. May validate and apply deployments, nothing else. */
  | { kind: 'token'; tokenId: string; name: string }

/** What a verb gets from its door. */
export interface Ctx {
  db: Db
  actor: Actor
  /** Opens targets' credentials. Null in the web process, which must never hold it. */
  keys: KeyRing | null
}

/** How the actor is written in records: `user:ada@example.com`, `operator:root@host`, `worker:…`, `token:…`. */
export function formatActor(actor: Actor): string {
  switch (actor.kind) {
    case 'user':
      return `user:${actor.email}`
    case 'operator':
      return `operator:${actor.osUser}@${actor.host}`
    case 'worker':
      return `worker:${actor.workerId}`
    case 'token':
      return `token:${actor.name}`
  }
}
