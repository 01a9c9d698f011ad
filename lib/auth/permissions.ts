import type { Actor, Role } from '#lib/context.ts'

export type Grantee = Role | Exclude<Actor['kind'], 'user'>

const everybody: Grantee[] = ['viewer', 'admin', 'commander']
const people: Grantee[] = ['admin', 'commander', 'operator']
const peopleAndWorker: Grantee[] = [...people, 'worker']

/**
 * Every act of the product and who may do it. A viewer may do nothing but read and manage the own session.
 * An action that is not in this list is refused for everybody.
 */
export const permissions: Record<string, readonly Grantee[]> = {
  'alerts.acknowledge': people,
  'alerts.end-silence': people,
  'alerts.resolve': people,
  'alerts.silence': people,
  'audit.export': people,
  'audit.verify': people,
  'backups.accept': people,
  'backups.hold': people,
  'backups.release': people,
  'backups.copy': peopleAndWorker,
  'backups.request': peopleAndWorker,
  'backups.unfreeze': people,
  'backups.verify': peopleAndWorker,
  'channels.add': ['admin', 'operator'],
  'channels.change': ['admin', 'operator'],
  'channels.remove': ['admin', 'operator'],
  'channels.resend': people,
  'channels.set-fallback': ['admin', 'operator'],
  'channels.test': people,
  'deployments.request': [...people, 'token'],
  'drift.compare': peopleAndWorker,
  'drills.request': peopleAndWorker,
  'guards.grant-agent': ['admin', 'operator'],
  'guards.install': people,
  'guards.remove': people,
  'guards.revoke-agent': people,
  'guards.verify': peopleAndWorker,
  'health.accept-schema-change': people,
  'health.request': peopleAndWorker,
  'incidents.assign': people,
  'incidents.command': ['commander'],
  'incidents.move': people,
  'incidents.note': people,
  'incidents.open': peopleAndWorker,
  'incidents.pin': people,
  'incidents.rate': people,
  'incidents.tell': people,
  'incidents.tick': people,
  'keys.export-identity': ['operator'],
  'kit.test': peopleAndWorker,
  'operations.request': people,
  'operations.approve': ['commander', 'admin'],
  'operations.break-glass': ['operator'],
  'operations.refuse': people,
  'operations.run': people,
  'operations.cancel': people,
  'performance.request': peopleAndWorker,
  'performance.baseline': people,
  'permits.withdraw': people,
  'policy.apply': ['admin', 'operator'],
  'recovery.search': peopleAndWorker,
  'restores.draft': ['admin', 'commander'],
  'restores.rebuild': ['operator'],
  'sessions.prove': everybody,
  'sessions.revoke': [...everybody, 'operator'],
  'stores.add': ['admin', 'operator'],
  'stores.remove': ['admin', 'operator'],
  'targets.add': ['admin', 'operator'],
  'targets.check': peopleAndWorker,
  'targets.keep-control': ['operator', 'worker'],
  'targets.set-credential': ['admin', 'operator'],
  'targets.remove': ['admin', 'operator'],
  'tokens.create': people,
  'tokens.revoke': people,
  'users.add': ['admin', 'operator'],
  'users.change-role': ['admin', 'operator'],
  'users.disable': ['admin', 'operator'],
  'users.reset-password': ['admin', 'operator'],
  'users.solo-mode': ['operator'],
  'jobs.cancel': people,
}

/** Whether this kind of actor may do this. For what a page shows; the verb decides again from the database. */
export const can = (who: Grantee, action: string): boolean => permissions[action]?.includes(who) ?? false
