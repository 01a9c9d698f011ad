/** The three objects of an archive in a store. Names are made of ids, never of anything that was given. */
export interface ArchiveKeys {
  archive: string
  globals: string
  /** Written last: only with it the archive exists. */
  manifest: string
}

const manifestSuffix = '.manifest.json'
const ending = /(\.dump\.zst(\.age)?|\.globals\.sql\.zst\.age|\.manifest\.json)$/
const uuid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'
const stemPattern = new RegExp(`^(${uuid})/(${uuid})(?:-([1-9][0-9]*))?$`)

/** Where one attempt at an archive lies. A later attempt has names of its own: what the first one left may be locked. */
export const archiveStem = (targetId: string, backupId: string, attempt: number): string =>
  `${targetId}/${backupId}${attempt > 1 ? `-${attempt}` : ''}`

/** Archives of format 1 are not encrypted and have no globals. */
export const archiveKeysAt = (stem: string, format: 1 | 2 = 2): ArchiveKeys => ({
  archive: `${stem}.dump.zst${format === 1 ? '' : '.age'}`,
  globals: `${stem}.globals.sql.zst.age`,
  manifest: `${stem}${manifestSuffix}`,
})

/** The common beginning of an archive's objects, from the name of any of them. */
export const stemOf = (key: string): string => key.replace(ending, '')

/** Which archive an object belongs to; null for anything that is not one of ours. */
export function readArchiveKey(
  key: string,
): { stem: string; targetId: string; backupId: string; isManifest: boolean } | null {
  const stem = stemOf(key)
  const match = stem === key ? null : stemPattern.exec(stem)
  if (!match) return null
  return { stem, targetId: match[1]!, backupId: match[2]!, isManifest: key.endsWith(manifestSuffix) }
}
