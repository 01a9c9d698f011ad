import type { Wire } from '#app/_web/wire.ts'
import type { Backup } from '#lib/backups/types.ts'

type Shown = Pick<Wire<Backup>, 'kind' | 'status' | 'verification' | 'origin'> & {
  error: { code: string } | null
}

/** What a backup's state means, and the one next step. Only facts that were proven equal are called proven. */
export function wordsOfState(backup: Shown): { means: string; next: string | null } {
  const { kind, status, verification } = backup
  switch (status) {
    case 'queued':
      return { means: 'It waits for a worker; there is nothing to go back to yet.', next: null }
    case 'running':
      return { means: 'It is being taken; there is nothing to go back to yet.', next: null }
    case 'failed':
      return {
        means: 'Do not restore from it.',
        next: 'Take a new one, and use an older good one meanwhile.',
      }
    case 'expiring':
      return { means: 'It is being deleted, because the retention no longer keeps it.', next: null }
    case 'expired':
      return { means: 'Its content is gone. What it held is still known from its facts.', next: null }
    case 'suspicious':
      return backup.error?.code === 'suspicious'
        ? {
            means: 'It was taken without an error, but holds far less than the one before.',
            next: 'Find out where the rows went. Accept it only when you know that it is right.',
          }
        : {
            means: 'What a drill brought back is not what its facts say.',
            next: 'Take a new archive and drill that.',
          }
    case 'good':
      if (kind === 'snapshot') {
        return {
          means:
            'Its copies equal what was read when they were made. They lie in the target itself: for careless deletes, not for the day the database is gone.',
          next: null,
        }
      }
      if (verification === 'facts-proven') {
        return { means: 'A drill restored it and found every row count and checksum equal.', next: null }
      }
      if (backup.origin === 'foreign') {
        return {
          means:
            verification === 'restored'
              ? 'A drill restored it. It was made by others, so there are no facts that it could be compared with.'
              : 'It was made by others; nobody knows yet whether it restores.',
          next: verification === 'restored' ? null : 'Drill it.',
        }
      }
      return {
        means:
          verification === 'listed'
            ? 'Its bytes and its table of contents are whole, but nobody knows yet whether it restores.'
            : verification === 'checksum'
              ? 'Its bytes are those that were written, but nobody knows yet whether it restores.'
              : verification === 'restored'
                ? 'It restores, but what came back was not compared with its facts.'
                : 'It was written, but nothing of it has been looked at since.',
        next: 'Drill it: that proves it and measures how long a recovery takes.',
      }
  }
}
