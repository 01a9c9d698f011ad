/** A published weakness of PostgreSQL's client programs. */
interface Weakness {
  id: string
  /** What can happen, in one sentence that follows “pg_dump x.y: ”. */
  what: string
  /** The first minor without it, by major. Majors above the highest never had it. */
  fixedIn: Readonly<Record<number, number>>
}

// Those that let the other side of a dump or a restore run something: https://www.postgresql.org/support/security/
const weaknesses: readonly Weakness[] = [
  {
    id: 'CVE-2026-6477',
    what: 'a hostile server can overwrite the memory of a pg_dump that reads large objects',
    fixedIn: { 18: 4, 17: 10, 16: 14, 15: 18, 14: 23 },
  },
  {
    id: 'CVE-2025-8714',
    what: 'a superuser of the dumped server can run commands where the dump is restored',
    fixedIn: { 17: 6, 16: 10, 15: 14, 14: 19, 13: 22 },
  },
  {
    id: 'CVE-2025-8715',
    what: 'a newline in an object’s name can run commands where the dump is restored',
    fixedIn: { 17: 6, 16: 10, 15: 14, 14: 19, 13: 22 },
  },
  {
    id: 'CVE-2024-7348',
    what: 'an owner of objects can run SQL as the role that dumps',
    fixedIn: { 16: 4, 15: 8, 14: 13, 13: 16, 12: 20 },
  },
]

function hasWeakness({ fixedIn }: Weakness, version: string): boolean {
  const [major, minor] = version.split('.').map((part) => Number.parseInt(part, 10))
  if (major === undefined || Number.isNaN(major)) return false
  const majors = Object.keys(fixedIn).map(Number)
  if (major > Math.max(...majors)) return false
  const fixed = fixedIn[major]
  // A major that is out of support got no fix.
  if (fixed === undefined) return true
  // 18beta2 and 18rc1 have no minor: as old as can be.
  return (minor === undefined || Number.isNaN(minor) ? -1 : minor) < fixed
}

/** The known weaknesses of client programs of this version (`15.18`), each as a sentence. Empty: none known. */
export const weaknessesOf = (version: string): string[] =>
  weaknesses
    .filter((weakness) => hasWeakness(weakness, version))
    .map(({ id, what }) => `pg_dump ${version}: ${what} (${id}).`)

/** The first minor of this version's major that has none of them, such as `15.18`; null when its major gets no more fixes. */
export function safeVersion(version: string): string | null {
  const major = Number.parseInt(version, 10)
  const minors = weaknesses.map(({ fixedIn }) => fixedIn[major]).filter((minor) => minor !== undefined)
  return minors.length > 0 ? `${major}.${Math.max(...minors)}` : null
}

/** What to do about a version with weaknesses. */
export const updateAdvice = (version: string): string => {
  const safe = safeVersion(version)
  return safe
    ? `Update PostgreSQL’s client programs to ${safe} or newer.`
    : 'Install client programs of a PostgreSQL major that still gets fixes.'
}
