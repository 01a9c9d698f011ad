import { keptInWords, type RetentionVerdict } from '#lib/backups/retention/retention.ts'

/** What the retention says of a backup, as a page shows it. */
export interface Kept {
  backupId: string
  expires: boolean
  /** All reasons in words. */
  because: string
  /** The one that tells most; null where it is only young. */
  lead: string | null
  more: number
}

/** Made by the server: the retention's rules are no business of a browser. */
export function wordsOfVerdict({ backupId, expires, keptBecause }: RetentionVerdict): Kept {
  // That it is young is told by a date, and a freeze above the list.
  const [lead, ...more] = keptBecause.filter((reason) => reason !== 'days' && reason !== 'frozen')
  return {
    backupId,
    expires,
    because: keptInWords(keptBecause),
    lead: lead ? keptInWords([lead]) : null,
    more: more.length,
  }
}
