import type { JobKind } from '#lib/jobs/types.ts'

/** How work is called in the bar, and where it is seen. */
const jobWords: Record<JobKind, { title: string; href: string }> = {
  'backups.copy': { title: 'Copy to another store', href: '/backups' },
  'backups.take': { title: 'Backup', href: '/backups' },
  'backups.verify': { title: 'Verification', href: '/backups' },
  'deployments.validate': { title: 'Deployment validation', href: '/deployments' },
  'drift.compare': { title: 'Comparing two databases', href: '/drift' },
  'drills.run': { title: 'Restore drill', href: '/backups' },
  'guards.grant-agent': { title: 'Granting an agent', href: '/guards' },
  'guards.install': { title: 'Installing guards', href: '/guards' },
  'guards.remove': { title: 'Removing guards', href: '/guards' },
  'guards.revoke-agent': { title: 'Revoking an agent', href: '/guards' },
  'guards.verify': { title: 'Guard verification', href: '/guards' },
  'health.run': { title: 'Health checks', href: '/health' },
  'kit.test': { title: 'Recovery kit test', href: '/settings/kit' },
  'operations.plan': { title: 'Planning', href: '/operations' },
  'operations.run': { title: 'Operation', href: '/operations' },
  'performance.measure': { title: 'Performance probes', href: '/performance' },
  'permits.withdraw': { title: 'Withdrawing a permit', href: '/guards' },
  'policy.apply': { title: 'Changing the policy', href: '/guards' },
  'recovery.find': { title: 'Search for locked-out users', href: '/recovery' },
  'targets.add': { title: 'Adding a database', href: '/settings' },
  'targets.check': { title: 'Target check', href: '/settings' },
}

/** The words for a kind of work; a kind that this page does not know yet (a newer worker) is shown by its name. */
export const wordsOf = (kind: string): { title: string; href: string } =>
  jobWords[kind as JobKind] ?? { title: kind, href: '/' }

const routine: readonly JobKind[] = ['guards.verify', 'health.run', 'performance.measure', 'targets.check']

/** What the schedule does all the time; it is in the list, but does not catch the eye. */
export const isRoutine = (job: { kind: JobKind; requestedBy: string }): boolean =>
  routine.includes(job.kind) && job.requestedBy.startsWith('worker:')
