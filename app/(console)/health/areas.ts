/** The areas in the order of the page, with the question that each answers. */
export const areaTexts: readonly { area: string; title: string; about: string }[] = [
  { area: 'membership', title: 'Membership', about: 'Can everybody who should get in, get in?' },
  { area: 'rows', title: 'Rows', about: 'Counts, against the same hour before and the proven backup' },
  { area: 'references', title: 'References', about: 'Rows that point to something that is gone' },
  { area: 'codes', title: 'Codes', about: 'Values against the patterns of the policy' },
  { area: 'schema', title: 'Schema', about: 'Tables and constraints as they should be' },
  { area: 'security', title: 'Security', about: 'Row-level security' },
  { area: 'indexes', title: 'Indexes', about: 'Invalid, missing, doubled and unused ones' },
  { area: 'server', title: 'Server', about: 'The PostgreSQL server itself' },
  { area: 'statements', title: 'Statements', about: 'How long they take, and which fail' },
  { area: 'backups', title: 'Backups', about: 'How old they are, and how old their proof' },
  { area: 'guards', title: 'Guards', about: 'In place, and as they were installed' },
  { area: 'synchronisation', title: 'Synchronisation', about: 'The same rows as the master' },
  { area: 'custom', title: 'Custom', about: 'Checks that the policy brings along' },
]

export interface CheckPlace {
  hours?: number | undefined
  before?: string | undefined
}

/** Where a check is opened; without one, the page itself. */
export const checkHref = (
  target: string,
  check: string | null,
  { hours, before }: CheckPlace = {},
): string => {
  const query = new URLSearchParams({ target })
  if (check) query.set('check', check)
  if (hours) query.set('hours', String(hours))
  if (before) query.set('before', before)
  return `/health?${query}`
}
