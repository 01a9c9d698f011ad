import { createHash } from 'node:crypto'
import type { ConstraintFacts, ExtensionFacts } from '#lib/facts/types.ts'
import { formatTable } from '#lib/sql/identifier.ts'

/** One thing of a schema as its change log keeps it. A table's definition has its columns and options, one a line. */
export interface SchemaObject {
  kind: string
  name: string
  definition: string
}

export interface SchemaDescription {
  constraints: readonly ConstraintFacts[]
  definitions: readonly string[]
  unrestored: readonly string[]
  extensions: readonly ExtensionFacts[]
}

const one = String.raw`(?:"(?:[^"]|"")*"|[^\s".:(),]+)`
const path = String.raw`${one}(?:\.${one})*`

interface LineRule {
  kind: string
  pattern: RegExp
  /** From the pattern's groups; the first group alone when not given. */
  name?: (groups: string[]) => string
}

const on = ([name, table]: string[]): string => `${name} on ${table}`
const rule = (kind: string, pattern: string, name?: LineRule['name']): LineRule => ({
  kind,
  pattern: new RegExp(`^${pattern}`),
  ...(name ? { name } : {}),
})

/** What tells of a table itself is folded into it: a new column is a changed table. */
const tableLines: RegExp[] = [
  new RegExp(`^(?:column|column-details|other-column) (${one}\\.${one})\\.${one}(?: |$)`),
  new RegExp(`^row security (${path})(?: forced)?$`),
  new RegExp(`^(?:table|foreign-table) (${path}) `),
  new RegExp(`^options of (${path}): `),
]

const lineRules: LineRule[] = [
  rule('index', `(?:view-)?index CREATE (?:UNIQUE )?INDEX (${one}) ON (?:ONLY )?(${path}) `, on),
  rule(
    'trigger',
    String.raw`(?:view-)?trigger .: CREATE (?:CONSTRAINT )?TRIGGER (${one}) [\s\S]*? ON (${path}) `,
    on,
  ),
  rule('policy', `policy (${one}) on (${path}) `, on),
  rule('view', `view (${path}): `),
  rule('materialized view', `materialized view (${path}): `),
  rule('materialized view content', `view-filled (${path}): `),
  rule(
    'function',
    String.raw`routine (${path})\(([\s\S]*?)\) [fpaw] `,
    ([name, given]) => `${name}(${given})`,
  ),
  rule('function details', String.raw`routine-details ([\s\S]*?\)) \(`),
  rule('enum', `enum (${path}): `),
  rule('domain', `domain (${path}): `),
  rule('domain details', `domain-details (${path})`),
  rule('rule', `rule .: CREATE RULE (${one}) AS`),
  rule('inheritance', `(${path}) inherits (${path}) ?`, ([child, parent]) => `${child} of ${parent}`),
  rule('index details', `index-details (${path})`),
  rule('statistics', `statistics CREATE STATISTICS (${path}) `),
  rule('sequence', `sequence (${path}) `),
  rule('schema', `schema (${one})$`),
  rule('type', `(?:composite|range|base-type) (${path})`),
  rule('aggregate', String.raw`aggregate ([\s\S]*?\)) `),
  rule('operator', String.raw`operator ([\s\S]*?\)) `),
  rule('event trigger', `event-trigger (${one}) `),
  rule('foreign server', `foreign-server (${one})`),
  rule('comment', 'comment on ([^:]+): '),
  rule('access', String.raw`access ([\s\S]+?) owner `),
  rule('default access', 'default access of ([^:]+): '),
  rule('publication', `publication (${one} of ${path}|${one}): ?`),
  rule('publication', `publication (${one} of ${path})$`),
]

/** Their triggers are made by Holdfast itself, and watched by the guards' own verification. */
const isGuard = (line: string): boolean =>
  line.startsWith('trigger ') && / EXECUTE FUNCTION holdfast\./.test(line)

function describeLine(line: string): SchemaObject {
  for (const { kind, pattern, name } of lineRules) {
    const groups = pattern.exec(line)?.slice(1)
    if (groups) return { kind, name: name ? name(groups) : groups[0]!, definition: line }
  }
  // Nothing is left out for want of a name: it is its own.
  return { kind: 'definition', name: line.slice(0, 300), definition: line }
}

const ownerOf = (line: string): string | null => / owner (\S+|"[^"]*")/.exec(line)?.[1] ?? null

/**
 * Privileges without those that Holdfast gave its agents. What is then as it usually is (the database's owner owns it,
 * nobody else was granted anything) has no line at all, as if the agent had never been.
 */
export function withoutAgents(line: string, agents: readonly string[], databaseOwner: string): string | null {
  const match = /^(access .+? owner (?:"[^"]*"|\S+)) (\S.*)$/.exec(line)
  if (!match || agents.length === 0) return line
  const items = match[2]!.split(', ')
  const others = items.filter((item) => !agents.includes(item.split('=')[0]!.replaceAll('"', '')))
  if (others.length === items.length) return line
  const owner = ownerOf(line)
  const isUsual =
    owner === databaseOwner && others.every((item) => item.startsWith(`${owner}=`)) && !/ column /.test(line)
  // The schema public always has its line; with nothing granted it ends after its owner.
  if (
    match[1]!.startsWith('access schema public owner ') &&
    others.every((item) => item.startsWith(`${owner}=`))
  )
    return match[1]!
  return isUsual || others.length === 0 ? null : `${match[1]} ${others.join(', ')}`
}

/** The schema as a list of things with a name each, in a fixed order. Pure. */
export function describeObjects(
  { constraints, definitions, unrestored, extensions }: SchemaDescription,
  { agents, databaseOwner }: { agents: readonly string[]; databaseOwner: string },
): SchemaObject[] {
  const tables = new Map<string, string[]>()
  const objects = new Map<string, SchemaObject>()
  const add = (object: SchemaObject) => {
    const key = `${object.kind} ${object.name}`
    const known = objects.get(key)
    if (known?.definition === object.definition) return
    // Two lines of one name, such as two comments, stay both.
    objects.set(key, known ? { ...known, definition: `${known.definition}\n${object.definition}` } : object)
  }
  for (const line of definitions) {
    if (isGuard(line)) continue
    const table = tableLines.map((pattern) => pattern.exec(line)?.[1]).find((name) => name !== undefined)
    if (table) tables.set(table, [...(tables.get(table) ?? []), line])
    else add(describeLine(line))
  }
  for (const [name, lines] of tables) add({ kind: 'table', name, definition: lines.join('\n') })
  for (const { table, name, definition, validated, derived } of constraints) {
    if (derived) continue
    add({
      kind: 'constraint',
      name: `${name} on ${formatTable(table)}`,
      definition: `${definition}${validated ? '' : ' NOT VALIDATED'}`,
    })
  }
  for (const line of unrestored) {
    // Large objects are content, and how many there are is no schema.
    if (/^access to \d+ large objects/.test(line)) continue
    const kept = withoutAgents(line, agents, databaseOwner)
    if (kept !== null) add(describeLine(kept))
  }
  for (const { name, version, schema } of extensions) {
    // What guards need comes and goes with them.
    if (schema === 'holdfast') continue
    add({ kind: 'extension', name, definition: `version ${version} in ${schema}` })
  }
  return [...objects.values()].sort((a, b) => (`${a.kind} ${a.name}` < `${b.kind} ${b.name}` ? -1 : 1))
}

export const fingerprintOf = (objects: readonly SchemaObject[]): string =>
  createHash('sha256')
    .update(JSON.stringify(objects.map(({ kind, name, definition }) => [kind, name, definition])))
    .digest('hex')
