import { canonicalDefinition } from '#lib/facts/canonical-definition.ts'
import type { Difference, Facts } from '#lib/facts/types.ts'

type Canonical = (line: string) => string

/** The kinds of lines that facts of the first format have. */
const firstFormat = /^(column|row security|index|trigger|policy|view|materialized view|routine|enum|domain) /

/** They listed a policy's roles by number, which is another order on another server. */
const withSortedRoles = (line: string): string =>
  line.replace(
    /^(policy [\s\S]+? for [*rawd] to )([\s\S]+?)( using )/,
    (_, start: string, roles: string, end: string) => start + roles.split(', ').sort().join(', ') + end,
  )

/** Another major of PostgreSQL writes a view's query otherwise; then only its being there can be compared. */
const withoutQuery = (line: string): string =>
  line.replace(/^((?:materialized )?view (?:"(?:[^"]|"")*"|[^\s":])+:|rule \w: CREATE RULE \S+)[\s\S]*/, '$1')

const major = ({ serverVersionNumber }: Facts): number => Math.floor(serverVersionNumber / 10_000)

function compareLines(
  expected: readonly string[],
  found: readonly string[],
  canonical: Canonical,
): Difference[] {
  const wanted = new Map(expected.map((line) => [canonical(line), line]))
  const there = new Map(found.map((line) => [canonical(line), line]))
  const difference = (line: string, isThere: boolean): Difference => ({
    subject: line.slice(0, 120),
    kind: 'definition',
    expected: isThere ? 'absent' : line,
    found: isThere ? line : 'absent',
  })
  return [
    ...[...wanted].filter(([key]) => !there.has(key)).map(([, line]) => difference(line, false)),
    ...[...there].filter(([key]) => !wanted.has(key)).map(([, line]) => difference(line, true)),
  ]
}

/** How the lines of definitions differ; those of owners, privileges and the like only where nothing was reloaded. */
export function compareDefinitions(
  expected: Facts,
  found: Facts,
  definitions: 'exact' | 'reloaded',
): Difference[] {
  const isReloaded = definitions === 'reloaded'
  const isFirst = expected.format === undefined || found.format === undefined
  const steps: Canonical[] = [
    ...(isFirst ? [withSortedRoles] : []),
    ...(isReloaded && major(expected) !== major(found) ? [withoutQuery] : []),
    ...(isReloaded ? [canonicalDefinition] : []),
  ]
  const canonical: Canonical = (line) => steps.reduce((text, step) => step(text), line)
  const comparable = ({ definitions: lines }: Facts) =>
    isFirst ? lines.filter((line) => firstFormat.test(line)) : lines
  return [
    ...compareLines(comparable(expected), comparable(found), canonical),
    ...(isReloaded
      ? []
      : compareLines(expected.unrestored ?? [], found.unrestored ?? expected.unrestored ?? [], canonical)),
  ]
}

/** Whether two definitions say the same. */
export const sameDefinition = (a: string, b: string, definitions: 'exact' | 'reloaded'): boolean =>
  a === b || (definitions === 'reloaded' && canonicalDefinition(a) === canonicalDefinition(b))
