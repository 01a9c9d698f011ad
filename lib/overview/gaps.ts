import { isGuarding } from '#lib/guards/types.ts'
import type { Gap, ProtectionSummary, TableCoverage } from '#lib/overview/types.ts'
import type { Policy } from '#lib/targets/policy.ts'

interface GapFacts {
  targetName: string
  /** Holdfast's own database has no tables to protect, only archives and their proof. */
  isControl?: boolean
  policy: Policy
  protection: ProtectionSummary
  coverage: TableCoverage[]
  /** What exists but is in no archive, each with the reason. */
  notArchived: { name: string; reason: string }[]
  /** Whether there is a channel that alerts could be told through. */
  tellsSomebody?: boolean
  now: Date
}

const few = (names: string[]): string =>
  names.length <= 3 ? names.join(', ') : `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`

/** What is not protected, not watched or not proven yet: the honest other half of the first page. */
export function listGaps({
  targetName,
  isControl = false,
  policy,
  protection,
  coverage,
  notArchived,
  tellsSomebody = true,
  now,
}: GapFacts): Gap[] {
  const gaps: Gap[] = []
  const of = `?target=${encodeURIComponent(targetName)}`
  const add = (key: string, text: string, label: string, path: string) =>
    gaps.push({ key, text, step: { label, href: `${path}${of}` } })
  const without = (has: (table: TableCoverage) => boolean) =>
    coverage.filter((table) => !has(table)).map(({ table }) => table)

  if (policy.protectedTables.length === 0 && !isControl) {
    add('tables', 'No table is protected: the policy names none.', 'Write the policy', '/settings')
  }
  if (!protection.archive) {
    add(
      'archive',
      'No archive outside the database: losing the server loses everything.',
      'To backups',
      '/backups',
    )
  }
  if (!protection.proof) {
    add('proof', 'No restore was ever proven: whether the backups work is a guess.', 'To drills', '/backups')
  } else if (now.getTime() - protection.proof.at.getTime() > protection.objectives.proofMs) {
    add('stale-proof', 'The last proof is older than the policy allows.', 'To drills', '/backups')
  }
  const unguarded = without(({ guard }) => isGuarding(guard))
  if (unguarded.length > 0) {
    add(
      'guards',
      `${unguarded.length} of ${coverage.length} protected tables have no working guard: ${few(unguarded)}.`,
      'To guards',
      '/guards',
    )
  }
  if (coverage.length > 0 && !protection.snapshot) {
    add(
      'snapshot',
      'No snapshot: a careless delete can be undone from the archive only.',
      'To backups',
      '/backups',
    )
  } else {
    const missing = without(({ snapshotAt }) => snapshotAt !== null)
    if (missing.length > 0) {
      add('in-snapshot', `Not in the newest snapshot: ${few(missing)}.`, 'To backups', '/backups')
    }
  }
  if (protection.archive) {
    const missing = without(({ archiveAt }) => archiveAt !== null)
    if (missing.length > 0) {
      add('in-archive', `Not in the newest archive: ${few(missing)}.`, 'To backups', '/backups')
    }
    for (const { name, reason } of notArchived.slice(0, 5)) {
      add(`not-covered:${name}`, `${name} is not proven by drills: ${reason}`, 'To backups', '/backups')
    }
  }
  if (!tellsSomebody) {
    gaps.push({
      key: 'telling',
      text: 'Alerts are told to nobody: there is no channel.',
      step: { label: 'Add a channel', href: '/settings/channels' },
    })
  }
  if (isControl) return gaps
  if (policy.memberships.length === 0) {
    add(
      'memberships',
      'Nobody watches who is locked out: the policy describes no membership.',
      'Write the policy',
      '/settings',
    )
  }
  if (policy.rowCounts.length === 0) {
    add(
      'row-counts',
      'No row counts are watched: a silent loss would not be noticed.',
      'Write the policy',
      '/settings',
    )
  }
  if (policy.probes.length === 0) {
    add('probes', 'No probe measures how fast this database answers.', 'Write the policy', '/settings')
  }
  return gaps
}
