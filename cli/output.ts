import CliTable from 'cli-table3'
import pc from 'picocolors'

/** Colours for what goes to stdout: on a terminal only, and never against NO_COLOR. */
export const colors = pc.createColors(process.stdout.isTTY === true && !process.env.NO_COLOR)

export type Cell = string | number | boolean | null | undefined

/** A plain table for people: no borders, columns aligned. Empty cells show as a dash. */
export function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const made = new CliTable({
    head: head.map((title) => colors.bold(title)),
    chars: noBorders,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
  })
  for (const row of rows) {
    made.push(row.map((cell) => (cell === null || cell === undefined || cell === '' ? '–' : String(cell))))
  }
  return made
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}

const noBorders = Object.fromEntries(
  [
    'top',
    'top-mid',
    'top-left',
    'top-right',
    'bottom',
    'bottom-mid',
    'bottom-left',
    'bottom-right',
    'left',
    'left-mid',
    'mid',
    'mid-mid',
    'right',
    'right-mid',
    'middle',
  ].map((name) => [name, '']),
)

const good = /^(ok|good|passed|done|healthy|approved|succeeded|running|installed|verified|green|yes)$/i
const bad = /^(failed|damaged|blocked|critical|emergency|broken|refused|unhealthy|missing|red|no)$/i

/** A state word in its colour: green, red, or amber for all between. */
export function paintState(word: string): string {
  if (good.test(word)) return colors.green(word)
  if (bad.test(word)) return colors.red(word)
  return colors.yellow(word)
}

/** Writes one JSON document, keys as given, times as ISO 8601, big integers as numbers. */
export const formatJson = (value: unknown): string =>
  JSON.stringify(value, (_key, part) => (typeof part === 'bigint' ? Number(part) : part), 2)
