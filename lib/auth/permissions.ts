import { eq } from 'drizzle-orm'
import { sessions, users } from '#drizzle/schema/auth.ts'
import type { Actor, Ctx, Role } from '#lib/context.ts'
import type { Refusal } from '#lib/errors.ts'

type Grantee = Role | Exclude<Actor['kind'], 'user'>

const people: Grantee[] = ['admin', 'commander', 'operator']
const peopleAndWorker: Grantee[] = [...people, 'worker']

/**
 * Every act of the product and who may do it. A viewer may do nothing but read and manage the own session.
 * An action that is not in this list is refused for everybody.
 */
export const permissions: Record<string, readonly Grantee[]> = {
  'alerts.acknowledge': people,
  'alerts.silence': people,
  'alerts.resolve': people,
  'audit.export': people,
  'backups.request': peopleAndWorker,
  'backups.verify': peopleAndWorker,
  'deployments.request': [...people, 'token'],
  'drills.request': peopleAndWorker,
  'guards.install': people,
  'guards.remove': people,
  'guards.verify': peopleAndWorker,
  'health.request': peopleAndWorker,
  'incidents.open': peopleAndWorker,
  'incidents.note': people,
  'incidents.move': people,
  'operations.request': people,
  'operations.approve': ['commander', 'admin'],
  'operations.refuse': ['commander', 'admin'],
  'operations.run': people,
  'operations.cancel': people,
  'performance.request': peopleAndWorker,
  'performance.baseline': people,
  'policy.apply': ['admin', 'operator'],
  'targets.add': ['admin', 'operator'],
  'targets.remove': ['admin', 'operator'],
  'users.add': ['admin', 'operator'],
  'users.change-role': ['admin', 'operator'],
  'users.reset-password': ['admin', 'operator'],
  'jobs.cancel': people,
}

/**
 * Why this actor may not do this, from the database's current state, or null. A person's role is read again
 * on every call: a user demoted a second ago is refused whatever the session still says.
 */
export async function findDenial(ctx: Ctx, action: string): Promise<Refusal | null> {
  const granted = permissions[action] ?? []
  const { actor } = ctx
  if (actor.kind !== 'user') {
    return granted.includes(actor.kind) ? null : denial(action, actor.kind, granted)
  }
  const [current] = await ctx.db
    .select({
      role: users.role,
      disabledAt: users.disabledAt,
      userVersion: users.sessionVersion,
      sessionVersion: sessions.sessionVersion,
      revokedAt: sessions.revokedAt,
    })
    .from(users)
    .innerJoin(sessions, eq(sessions.userId, users.id))
    .where(eq(sessions.id, actor.sessionId))
  const alive =
    current && !current.disabledAt && !current.revokedAt && current.sessionVersion === current.userVersion
  if (!alive) {
    return { code: 'session-ended', reason: 'Your session has ended.', hint: 'Sign in again.' }
  }
  return granted.includes(current.role) ? null : denial(action, current.role, granted)
}

const denial = (action: string, who: string, granted: readonly Grantee[]): Refusal => ({
  code: 'forbidden',
  reason: `A ${who} may not do this (${action}).`,
  hint: granted.length > 0 ? `It takes: ${granted.join(', ')}.` : null,
})
