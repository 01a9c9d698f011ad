import { compareDefinitions, sameDefinition } from '#lib/facts/compare-definitions.ts'
import { compareExtensions, compareGlobals, compareLargeObjects } from '#lib/facts/compare-surroundings.ts'
import type { ConstraintFacts, Difference, Facts, SequenceFacts } from '#lib/facts/types.ts'
import { formatTable, sameTable } from '#lib/sql/identifier.ts'

export interface CompareFactsOptions {
  /**
   * `reloaded`: `found` went through a dump, after which PostgreSQL writes the same expression with other casts and
   * parentheses (`IN` over varchar does), so those are left out of the comparison of definitions; owners, privileges and
   * publications are not restored, and versions of extensions are the other server's. Default: exact.
   */
  definitions?: 'exact' | 'reloaded'
  /** Where the sequences stood after the copy was made. A copy of a living database may be anywhere in between. */
  sequencesUpTo?: readonly SequenceFacts[]
  /** Extensions that the copy was made without on purpose, such as those that act by themselves. */
  extensionsLeftOut?: readonly string[]
}

const absent = 'absent'

const byName = <T extends { schema: string; name: string }>(items: readonly T[]): Map<string, T> =>
  new Map(items.map((item) => [formatTable(item), item]))

function compareTables(expected: Facts, found: Facts): Difference[] {
  const differences: Difference[] = []
  const there = byName(found.tables)
  for (const [subject, table] of byName(expected.tables)) {
    const other = there.get(subject)
    there.delete(subject)
    if (!other) differences.push({ subject, kind: 'missing', expected: `${table.rows} rows`, found: absent })
    else if (other.rows !== table.rows)
      differences.push({ subject, kind: 'rows', expected: String(table.rows), found: String(other.rows) })
    else if (other.checksum !== table.checksum)
      differences.push({ subject, kind: 'checksum', expected: table.checksum, found: other.checksum })
  }
  for (const [subject, table] of there)
    differences.push({ subject, kind: 'unexpected', expected: absent, found: `${table.rows} rows` })
  return differences
}

/** The next value a sequence gives, were its increment one: 5 not called gives 5, 5 called gives 6. */
const position = (sequence: SequenceFacts): bigint =>
  BigInt(sequence.lastValue) + (sequence.isCalled ? 1n : 0n)

function compareSequences(expected: Facts, found: Facts, upTo: readonly SequenceFacts[]): Difference[] {
  const differences: Difference[] = []
  const there = byName(found.sequences)
  const later = byName(upTo)
  for (const [subject, sequence] of byName(expected.sequences)) {
    const other = there.get(subject)
    const say = (one: SequenceFacts) => `${one.lastValue}${one.isCalled ? '' : ' (not used yet)'}`
    if (!other) {
      differences.push({ subject, kind: 'sequence', expected: say(sequence), found: absent })
      continue
    }
    const ends = [position(sequence), position(later.get(subject) ?? sequence)]
    const [low, high] = ends[0]! <= ends[1]! ? ends : [ends[1]!, ends[0]!]
    if (position(other) < low! || position(other) > high!)
      differences.push({ subject, kind: 'sequence', expected: say(sequence), found: say(other) })
  }
  return differences
}

function compareConstraints(
  expected: Facts,
  found: Facts,
  same: (a: string, b: string) => boolean,
): Difference[] {
  const key = (one: ConstraintFacts) => `${one.name} on ${formatTable(one.table)}`
  const equal = (a: ConstraintFacts, b: ConstraintFacts) =>
    a.validated === b.validated && same(a.definition, b.definition)
  const there = new Map(found.constraints.map((one) => [key(one), one]))
  const unmatched = expected.constraints.filter((one) => {
    const other = there.get(key(one))
    if (!other || !equal(one, other)) return true
    there.delete(key(one))
    return false
  })
  // A reload names derived ones anew. The first format does not tell them from others.
  const mayBeDerived = ({ derived, definition }: ConstraintFacts) =>
    derived ?? (expected.format === undefined && definition.startsWith('FOREIGN KEY'))
  const differing = unmatched.filter((one) => {
    if (!mayBeDerived(one)) return true
    const twin = [...there].find(
      ([, other]) => other.derived && sameTable(other.table, one.table) && equal(one, other),
    )
    if (twin) there.delete(twin[0])
    return !twin
  })
  const say = (one: ConstraintFacts | undefined) =>
    one ? `${one.definition}${one.validated ? '' : ' (not validated)'}` : absent
  const subjects = new Map<string, ConstraintFacts | undefined>(differing.map((one) => [key(one), one]))
  for (const subject of there.keys()) if (!subjects.has(subject)) subjects.set(subject, undefined)
  return [...subjects].map(([subject, constraint]) => ({
    subject,
    kind: 'constraint',
    expected: say(constraint),
    found: say(there.get(subject)),
  }))
}

/**
 * Every way in which `found` differs from `expected`; empty when a copy is proven. Facts of the first format have less, and
 * only that is compared with them.
 */
export function compareFacts(expected: Facts, found: Facts, options: CompareFactsOptions = {}): Difference[] {
  const definitions = options.definitions ?? 'exact'
  const isReloaded = definitions === 'reloaded'
  return [
    ...compareTables(expected, found),
    ...compareSequences(expected, found, options.sequencesUpTo ?? []),
    ...compareLargeObjects(expected, found),
    ...compareConstraints(expected, found, (a, b) => sameDefinition(a, b, definitions)),
    ...compareDefinitions(expected, found, definitions),
    ...(expected.extensions && found.extensions
      ? compareExtensions(expected.extensions, found.extensions, {
          versions: !isReloaded,
          leftOut: options.extensionsLeftOut ?? [],
        })
      : []),
    ...compareGlobals(expected, found, isReloaded),
  ]
}
