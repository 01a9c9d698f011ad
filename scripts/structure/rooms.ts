interface RoomRule {
  room: RegExp
  forbidden: RegExp
  because: string
  /** Types vanish before anything runs. */
  typesAllowed?: boolean
}

/** Doors → lib → databases. Nothing points back. */
const rules: readonly RoomRule[] = [
  {
    room: /^lib\//,
    forbidden: /^(react|react-dom|next|next-auth|server-only|@tanstack\/.*|radix-ui)(\/|$)/,
    because: 'lib runs in worker and terminal too',
  },
  {
    room: /^lib\//,
    forbidden: /^#(app|components|worker|cli|scripts)\//,
    because: 'lib knows no door',
  },
  { room: /^drizzle\//, forbidden: /^#/, because: 'drizzle imports nothing of ours' },
  {
    room: /^worker\//,
    forbidden: /^#(app|components|cli|scripts)\//,
    because: 'the worker knows no other door',
  },
  { room: /^cli\//, forbidden: /^#(app|components|scripts)\//, because: 'the terminal knows no page' },
  { room: /^app\//, forbidden: /^#(worker|cli|scripts)\//, because: 'the web knows no other door' },
  { room: /^components\//, forbidden: /^#(worker|cli|scripts)\//, because: 'the web knows no other door' },
  {
    room: /^(app|components)\//,
    forbidden: /^#lib\/(keys|servers|targets\/open-target|jobs\/run-job)/,
    because: 'the web process opens no target and holds no key',
  },
]

/** What is wrong with this import across the house, or null. */
export function doorProblem(file: string, specifier: string, typeOnly: boolean): string | null {
  if (/\.test\.tsx?$/.test(file) || file.startsWith('lib/testing/')) return null
  const broken = rules.find(
    ({ room, forbidden, typesAllowed }) =>
      room.test(file) && forbidden.test(specifier) && !(typesAllowed && typeOnly),
  )
  return broken ? `must not import ${specifier}: ${broken.because}` : null
}
