import type { Difference, ExtensionFacts, Facts, LargeObjectFacts } from '#lib/facts/types.ts'

const absent = 'absent'

/** Extensions by name and schema; by version only where nothing was reloaded: a copy gets its server's own. */
export function compareExtensions(
  expected: readonly ExtensionFacts[],
  found: readonly ExtensionFacts[],
  options: { versions: boolean; leftOut: readonly string[] },
): Difference[] {
  const say = ({ schema, version }: ExtensionFacts) =>
    options.versions ? `version ${version} in ${schema}` : `in ${schema}`
  const wanted = new Map(expected.map((one) => [one.name, say(one)]))
  const there = new Map(found.map((one) => [one.name, say(one)]))
  return [...new Set([...wanted.keys(), ...there.keys()])]
    .filter((name) => wanted.get(name) !== there.get(name) && !options.leftOut.includes(name))
    .map((name) => ({
      subject: `extension ${name}`,
      kind: 'extension' as const,
      expected: wanted.get(name) ?? absent,
      found: there.get(name) ?? absent,
    }))
}

const sayObjects = (all: LargeObjectFacts): string =>
  `${all.count} with ${all.bytes} bytes, checksum ${all.checksum}`

/** What could not be read before is compared with nothing; what could be read then has to be readable now. */
export function compareLargeObjects(expected: Facts, found: Facts): Difference[] {
  if (!expected.largeObjects || found.largeObjects === undefined) return []
  const [wanted, there] = [
    sayObjects(expected.largeObjects),
    found.largeObjects ? sayObjects(found.largeObjects) : 'not readable',
  ]
  if (wanted === there) return []
  return [{ subject: 'large objects', kind: 'large-objects', expected: wanted, found: there }]
}

/** A copy must have the encoding; the same database also its locale. Roles and settings belong to the server. */
export function compareGlobals(expected: Facts, found: Facts, isReloaded: boolean): Difference[] {
  const [wanted, there] = [expected.globals?.database, found.globals?.database]
  if (!wanted || !there) return []
  const fields = [
    'encoding',
    ...(isReloaded ? [] : ['collate', 'ctype', 'localeProvider', 'locale']),
  ] as (keyof typeof wanted)[]
  return fields
    .filter((field) => wanted[field] !== there[field])
    .map((field) => ({
      subject: `the database’s ${field}`,
      kind: 'global',
      expected: String(wanted[field]),
      found: String(there[field]),
    }))
}
