import type { SchemaObject } from '#lib/health/schema-objects.ts'

export interface SchemaChange {
  kind: string
  name: string
  change: 'added' | 'changed' | 'removed'
  before: string | null
  after: string | null
  /** The number of the deployment whose migration names it; null where none does. */
  deployment: number | null
}

const keyOf = ({ kind, name }: { kind: string; name: string }): string => `${kind} ${name}`

/** What is different, thing by thing. Pure. */
export function compareObjects(
  before: readonly SchemaObject[],
  after: readonly SchemaObject[],
): SchemaChange[] {
  const was = new Map(before.map((object) => [keyOf(object), object]))
  const is = new Map(after.map((object) => [keyOf(object), object]))
  const change = (
    { kind, name }: SchemaObject,
    what: SchemaChange['change'],
    from: string | null,
    to: string | null,
  ): SchemaChange => ({ kind, name, change: what, before: from, after: to, deployment: null })
  return [
    ...before
      .filter((object) => !is.has(keyOf(object)))
      .map((object) => change(object, 'removed', object.definition, null)),
    ...after.flatMap((object) => {
      const old = was.get(keyOf(object))
      if (!old) return [change(object, 'added', null, object.definition)]
      return old.definition === object.definition
        ? []
        : [change(object, 'changed', old.definition, object.definition)]
    }),
  ]
}

/** A deployment that was let through, as far as it can account for a change. */
export interface LetThrough {
  id: string
  number: number
  finishedAt: Date
  /** Its migration's text; null where the validation was skipped without one. */
  text: string | null
}

const hourMs = 3_600_000

/** How long after its validation a migration is still what somebody is running. */
const withinMs = 24 * hourMs
/** One without a text could account for anything, so it accounts for little. */
const withoutTextMs = hourMs

const belongsTo = /(?:REFERENCES (\S+?)\(| owned by (\S+)\.)/g

/** A change's own names, without schema: what a migration has to say to have made it. */
function namesIn({ kind, name, before, after }: SchemaChange): string[] {
  const [own, table] = kind === 'access' ? [name.replace(/^\S+ /, ''), undefined] : name.split(' on ')
  // What belongs to a table comes and goes with it: a serial's sequence, a reference to a table that is dropped.
  const belonging = [...`${before ?? ''}\n${after ?? ''}`.matchAll(belongsTo)].map(
    (match) => match[1] ?? match[2]!,
  )
  const bare = (text: string) =>
    (/("(?:[^"]|"")*"|[^."(]+)(?:\(.*)?$/s.exec(text)?.[1] ?? text).replaceAll('"', '').trim()
  // A primary key is called after its table, an index often too: the table alone will do.
  return [own, table, ...belonging]
    .flatMap((text) => (text ? [bare(text)] : []))
    .filter((text) => text.length > 0)
}

const says = (text: string, name: string): boolean =>
  new RegExp(`(^|[^\\w$])${name.toLowerCase().replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}($|[^\\w$])`).test(
    text.toLowerCase(),
  )

/**
 * The changes with the deployment that accounts for each: one of the target that was let through not long before the change
 * was first seen, and that names what changed (or its table). Pure.
 */
export function linkDeployments(
  changes: readonly SchemaChange[],
  deployments: readonly LetThrough[],
  seenAt: Date,
): SchemaChange[] {
  const recent = deployments.filter(({ finishedAt, text }) => {
    const age = seenAt.getTime() - finishedAt.getTime()
    return age >= 0 && age <= (text === null ? withoutTextMs : withinMs)
  })
  return changes.map((change) => {
    const found = recent.find(({ text }) => text === null || namesIn(change).some((name) => says(text, name)))
    return { ...change, deployment: found?.number ?? null }
  })
}

/** Whether losing or changing it takes protection or data away. */
export const isGrave = ({ kind, change, before, after }: SchemaChange): boolean =>
  change === 'removed'
    ? ['table', 'constraint', 'trigger', 'policy', 'view', 'function', 'schema'].includes(kind)
    : ['policy', 'access', 'default access'].includes(kind) ||
      (kind === 'table' && lostLines(before, after).some((line) => /^(column|row security) /.test(line)))

/** The lines of a definition that are not in the later one. */
export const lostLines = (before: string | null, after: string | null): string[] => {
  const kept = new Set((after ?? '').split('\n'))
  return (before ?? '').split('\n').filter((line) => line !== '' && !kept.has(line))
}

const columnIn = (line: string): string =>
  /^(?:column|column-details|other-column) (?:"(?:[^"]|"")*"|[^".]+)\.(?:"(?:[^"]|"")*"|[^".]+)\.("(?:[^"]|"")*"|\S+)/.exec(
    line,
  )?.[1] ?? line

/** One change in a few words: `public.people changed (+age, −mail)`. */
export function nameChange({ kind, name, change, before, after }: SchemaChange): string {
  if (kind !== 'table' || change !== 'changed') return `${kind} ${name} ${change}`
  const gone = [...new Set(lostLines(before, after).map(columnIn))]
  const come = [...new Set(lostLines(after, before).map(columnIn))]
  const parts = [
    ...come.filter((column) => !gone.includes(column)).map((column) => `+${column}`),
    ...gone.filter((column) => !come.includes(column)).map((column) => `−${column}`),
    ...come.filter((column) => gone.includes(column)).map((column) => `${column} altered`),
  ]
  return `table ${name} changed (${parts.slice(0, 6).join(', ')}${parts.length > 6 ? ', …' : ''})`
}
