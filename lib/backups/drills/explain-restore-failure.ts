import type { ScratchGap } from '#lib/backups/drills/scratch-needs.ts'
import { AppError } from '#lib/errors.ts'
import { lastError } from '#lib/servers/tool-process.ts'

/** What a disarmed function or wrapper says when it is called after all (sql/disarm_copy.sql). */
export const wantsToReachOut = (words: string): boolean =>
  /holdfast_inert_copy|has no handler|cache lookup failed for function 0/.test(words)

const surroundings: readonly [code: string, words: RegExp, hint: string][] = [
  [
    'drill-disk',
    /No space left|could not extend file|could not write to file|Disk quota/i,
    'Free space on the drill server, or give a larger one by HOLDFAST_DRILL_URL.',
  ],
  [
    'drill-extension',
    /could not access file|could not load library|extension ".*" is not available|extension control file/i,
    'Install what is missing on the drill server, or give another one by HOLDFAST_DRILL_URL.',
  ],
  [
    'drill-collation',
    /could not create locale|could not open collator|ICU is not supported|collation ".*" for encoding ".*" does not exist|invalid locale/i,
    'Give a drill server with that collation by HOLDFAST_DRILL_URL.',
  ],
  [
    'drill-server-failed',
    /could not connect|connection to server|server closed the connection|terminating connection|out of memory|out of shared memory|too many connections|the database system is/i,
    'Look at the drill server’s log, and drill again.',
  ],
]

const excusedBy: Record<ScratchGap['kind'], RegExp> = {
  collation: /violates|could not create unique index|conflicting key|no partition of relation/i,
  extension: /./,
}

/**
 * What it means that pg_restore failed: `restore-failed` only when nothing but the archive can be the reason. What the drill
 * server lacks, or has otherwise than the source, is of kind `unavailable` and proves nothing.
 */
export function explainRestoreFailure(
  words: string,
  place: { asOwner?: boolean; gaps?: readonly ScratchGap[] } = {},
): AppError {
  const message = `pg_restore failed: ${lastError(words)}`
  const inconclusive = (code: string, text: string, hint: string) =>
    new AppError(code, text, { kind: 'unavailable', hint })
  for (const [code, pattern, hint] of surroundings)
    if (pattern.test(words)) return inconclusive(code, message, hint)
  if (wantsToReachOut(words))
    return inconclusive(
      'drill-inert',
      `The archive restores only by reaching other machines, which a copy must not: ${lastError(words)}`,
      'A constraint, default or index calls a function that connects; take it out of there.',
    )
  if (place.asOwner && /permission denied|must be (super)?(user|owner)|only superuser/i.test(words))
    return inconclusive(
      'drill-needs-superuser',
      `Others made this archive, so it is restored without a superuser, and that is not enough: ${lastError(words)}`,
      'Look at it in a machine of its own; Holdfast does not restore foreign code as a superuser.',
    )
  const gap = place.gaps?.find(({ kind }) => excusedBy[kind].test(words))
  if (gap)
    return inconclusive(
      `drill-${gap.kind}`,
      `${message}. It may be because of the drill server: ${gap.what}: ${gap.why}`,
      gap.hint ?? 'Give another server by HOLDFAST_DRILL_URL.',
    )
  return new AppError('restore-failed', message, {
    hint: 'The archive does not restore as a whole. Take a new one and drill it.',
  })
}
