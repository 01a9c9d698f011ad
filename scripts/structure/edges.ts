/**
 * The rooms of `lib`, bottom to top. A room may import from lower rows and from itself; rooms of one row do not know
 * each other. A new edge against this order is one reviewed line below.
 */
const rows: readonly (readonly string[])[] = [
  ['ground', 'db', 'sql', 'format', 'servers', 'testing'],
  ['audit'],
  ['auth'],
  ['jobs'],
  ['targets'],
  ['facts', 'rows', 'stores', 'channels', 'on-call'],
  ['operations'],
  ['health', 'guards', 'performance', 'incidents'],
  ['backups', 'restores', 'recovery', 'drift', 'deployments'],
  ['alerts'],
  ['overview', 'kit', 'status'],
  ['demo'],
]

/** [from, to, why]. */
const exceptions: readonly (readonly [from: string, to: string, why: string])[] = [
  ['db', 'jobs', 'a migration brings the queue’s schema along'],
  ['ground', 'audit', 'the verb audits every write'],
  ['ground', 'auth', 'the verb asks for permission'],
  ['targets', 'guards', 'a policy that lets more pass than before takes a second person'],
  ['health', 'guards', 'a statement that waits is shown as the console keeps it: without its literals'],
  ['health', 'performance', 'what is usual for a statement is the same statistics as for a probe'],
  ['servers', 'targets', 'pg_dump and its kin get a target’s address and password from its URL'],
  ['deployments', 'backups', 'a migration is rehearsed on a restored archive'],
  [
    'restores',
    'backups',
    'rows come from a snapshot or a restored archive, and a safety copy is taken first',
  ],
  [
    'drift',
    'restores',
    'a repair is a restore whose source is the other database: same plan, same one transaction',
  ],
  ['recovery', 'backups', 'what people had is looked for in the backups, newest first'],
  ['recovery', 'restores', 'giving people their rows back is a restore: same sources, same one transaction'],
]

const rank = new Map(rows.flatMap((row, index) => row.map((name) => [name, index] as const)))

/** The room of a file of `lib`: its folder, or `ground` for the files directly in it. Null outside `lib`. */
export function domainOf(path: string): string | null {
  const match = /^lib\/(?:([^/]+)\/)?[^/]+/.exec(path)
  return match ? (match[1] ?? 'ground') : null
}

/** What is wrong with this import between rooms of `lib`, or null. Tests may reach anywhere. */
export function edgeProblem(file: string, specifier: string): string | null {
  if (/\.test\.tsx?$/.test(file) || file.startsWith('lib/testing/')) return null
  const from = domainOf(file)
  const to = specifier.startsWith('#lib/') ? domainOf(specifier.slice(1)) : null
  if (!from || !to || from === to) return null
  if (!rank.has(from)) return `the room “${from}” has no row in scripts/structure/edges.ts`
  if (!rank.has(to)) return `the room “${to}” has no row in scripts/structure/edges.ts`
  if (rank.get(to)! < rank.get(from)!) return null
  if (rank.get(to) === 0 && rank.get(from) === 0) return null
  if (exceptions.some(([a, b]) => a === from && b === to)) return null
  return `${from} may not import from ${to} (${specifier})`
}
