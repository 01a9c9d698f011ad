type Asked = Partial<Record<'target' | 'incident' | 'from' | 'rows', string | string[] | null | undefined>>

/** Where a restore begins, with what is known already: the incident, the copy, how much of it. */
export function newRestoreHref(asked: Asked): string {
  const known = Object.entries(asked).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string' && entry[1] !== '',
  )
  return `/restores/new?${new URLSearchParams(known)}`
}
