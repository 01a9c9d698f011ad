import { lostLines, type SchemaChange } from '#lib/health/schema-changes.ts'

export interface DiffLine {
  sign: '−' | '+' | ' '
  text: string
}

/** Lines around a difference that are shown with it. */
const context = 2

/** As a person writes it: within a table its own name goes without saying. */
function readable(line: string, { kind, name }: Pick<SchemaChange, 'kind' | 'name'>): string {
  if (kind !== 'table')
    return line
      .replace(/^access .+? owner /, 'owner ')
      .replace(/^(?:view-)?(?:index|statistics|trigger .:|rule .:) (?=CREATE )/, '')
  return line
    .replace(`column ${name}.`, '')
    .replace(`column-details ${name}.`, '')
    .replace(`other-column ${name}.`, '')
}

/** Before and after as one text: what went, what came, and a few lines of what stayed. Pure. */
export function diffLines(change: SchemaChange): DiffLine[] {
  const { before, after } = change
  const gone = new Set(lostLines(before, after))
  const come = new Set(lostLines(after, before))
  const old = (before ?? '').split('\n').filter((line) => line !== '')
  const now = (after ?? '').split('\n').filter((line) => line !== '')
  const lines: DiffLine[] = []
  let at = 0
  for (const line of now) {
    // What went stands where it stood: before the next line that stayed.
    while (at < old.length && old[at] !== line && gone.has(old[at]!)) {
      lines.push({ sign: '−', text: readable(old[at]!, change) })
      at++
    }
    if (!come.has(line) && at < old.length) at++
    lines.push({ sign: come.has(line) ? '+' : ' ', text: readable(line, change) })
  }
  for (; at < old.length; at++)
    if (gone.has(old[at]!)) lines.push({ sign: '−', text: readable(old[at]!, change) })
  return lines.filter(
    (line, index) =>
      line.sign !== ' ' ||
      lines.slice(Math.max(0, index - context), index + context + 1).some(({ sign }) => sign !== ' '),
  )
}
