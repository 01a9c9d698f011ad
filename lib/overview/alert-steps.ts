interface Place {
  label: string
  /** With the target's name in the query, unless it is about the installation. */
  path: string
  anyTarget?: boolean
}

const stepsByPrefix: readonly (readonly [prefix: string, place: Place])[] = [
  ['health:membership', { label: 'See who is locked out', path: '/recovery' }],
  ['health:schema', { label: 'See what changed', path: '/health/schema' }],
  ['health:', { label: 'See the finding', path: '/health' }],
  ['no-data:health', { label: 'See why checks do not run', path: '/health' }],
  ['no-data:drill', { label: 'See the drill', path: '/backups/drills' }],
  ['no-data:drift', { label: 'See the comparison', path: '/drift' }],
  ['no-data:guards', { label: 'See the guards', path: '/guards' }],
  ['no-data:', { label: 'See the check', path: '/health' }],
  ['guard:blocked', { label: 'See what was refused', path: '/guards' }],
  ['guard:', { label: 'See the guard', path: '/guards' }],
  ['backup:', { label: 'See the backups', path: '/backups' }],
  ['foreign:', { label: 'See the backups', path: '/backups' }],
  ['retention:', { label: 'See the backups', path: '/backups' }],
  ['schedule:', { label: 'See what did not run', path: '/backups' }],
  ['copy:', { label: 'See the copies', path: '/backups/storage' }],
  ['store:', { label: 'See the store', path: '/backups/storage' }],
  ['drill:', { label: 'See the drills', path: '/backups/drills' }],
  ['drift:', { label: 'See what is apart', path: '/drift' }],
  ['performance:', { label: 'See the probe', path: '/performance' }],
  ['operation:', { label: 'See the operation', path: '/operations' }],
  ['kit:', { label: 'See the recovery kit', path: '/settings/kit', anyTarget: true }],
  ['channel:', { label: 'See the channel', path: '/settings/channels', anyTarget: true }],
  ['on-call:', { label: 'See who is on call', path: '/alerts/on-call', anyTarget: true }],
  ['target:', { label: 'See the target', path: '/settings', anyTarget: true }],
]

const unknown: Place = { label: 'See the alert', path: '/alerts' }

/** A check of one table or rule has a place of its own on the page. */
const checkIn = (fingerprint: string): string | null =>
  /^(?:health|no-data):([a-z]+\..+)$/.exec(fingerprint)?.[1] ?? null

/** The one next step of an alert: where its finding is, and what is done about it. Pure. */
export function stepOfAlert(fingerprint: string, targetName: string | null): { label: string; href: string } {
  const [, place] = stepsByPrefix.find(([prefix]) => fingerprint.startsWith(prefix)) ?? ['', unknown]
  const query = new URLSearchParams()
  if (targetName && !place.anyTarget) query.set('target', targetName)
  const check = place.path === '/health' ? checkIn(fingerprint) : null
  if (check) query.set('check', check)
  const text = query.toString()
  return { label: place.label, href: text ? `${place.path}?${text}` : place.path }
}

const familyWords: Record<string, string> = {
  membership: 'about who is a member',
  rows: 'about row counts',
  references: 'about references',
  codes: 'about codes',
  schema: 'about the schema',
  security: 'about row-level security',
  indexes: 'about indexes',
  server: 'about the server',
  statements: 'about statements',
  custom: 'of your own checks',
}

/**
 * What several alerts have in common so that one line can stand for them: an area of health, or a kind of record. Null
 * where each needs its own look.
 */
export function familyOf(fingerprint: string): { key: string; words: string } | null {
  const area = /^health:([a-z]+)\./.exec(fingerprint)?.[1]
  if (area && familyWords[area]) return { key: `health:${area}`, words: familyWords[area] }
  if (/^no-data:[a-z]+\./.test(fingerprint)) return { key: 'no-data', words: 'without data' }
  const kind = /^(guard:blocked|guard:tampered|copy|store|performance|drift):/.exec(fingerprint)?.[1]
  return kind ? { key: kind, words: 'of the same kind' } : null
}
