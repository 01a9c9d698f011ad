import type { CommandOptions } from '#cli/command.ts'
import { readMoment } from '#cli/moment-option.ts'
import { AppError } from '#lib/errors.ts'

/** What narrows a restore: single rows, an organisation, a time; and which columns were renamed since. */
export const filterOptions = [
  [
    '--pick <rows>',
    'only these rows: table:key,key (a key of several columns: 17|1); more tables after a semicolon; odd values as JSON: table:[["a,b"]]',
  ],
  ['--organization <key>', 'only the rows that belong to this organisation'],
  ['--membership <name>', 'by which membership rule of the policy; needed where there are several'],
  [
    '--changed-since <time>',
    'only rows that their time column puts after 2026-03-04T14:02Z, or 90m, 6h, 2d ago',
  ],
  ['--changed-until <time>', 'and before this time'],
  ['--map <columns>', 'columns renamed since: table.column=old, separated by commas'],
] as const

const usage = (message: string, hint: string) => new AppError('usage', message, { kind: 'invalid', hint })

/** Splits at a character outside of double quotes and brackets: names and JSON may contain it. */
function splitOutside(text: string, at: string): string[] {
  const parts: string[] = ['']
  let quoted = false
  let depth = 0
  for (const character of text) {
    if (character === '"') quoted = !quoted
    else if (!quoted && character === '[') depth++
    else if (!quoted && character === ']') depth--
    if (character === at && !quoted && depth === 0) parts.push('')
    else parts[parts.length - 1] += character
  }
  return parts.map((part) => part.trim()).filter((part) => part !== '')
}

const pickHint =
  'Write --pick public.orders:17,18 or --pick ‘public.lines:17|1’ (key values in the key’s order).'

function readKeys(text: string): string[][] {
  if (!text.startsWith('[')) return text.split(',').map((key) => key.trim().split('|'))
  try {
    const keys: unknown = JSON.parse(text)
    if (Array.isArray(keys) && keys.every((key) => Array.isArray(key)))
      return keys.map((key: unknown[]) => key.map(String))
  } catch {}
  throw usage(`“${text}” is not a list of keys.`, pickHint)
}

function readPicked(text: string) {
  return splitOutside(text, ';').map((one) => {
    const [table, ...keys] = splitOutside(one, ':')
    if (!table || keys.length === 0) throw usage(`“${one}” picks no row.`, pickHint)
    // Values may contain colons; only the first one divides.
    return { table, keys: readKeys(one.slice(one.indexOf(table) + table.length).replace(/^\s*:\s*/, '')) }
  })
}

const unquote = (name: string): string =>
  name.startsWith('"') && name.endsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name

function readRenamed(text: string): Record<string, Record<string, string>> {
  const renamed: Record<string, Record<string, string>> = {}
  for (const one of splitOutside(text, ',')) {
    const [place, old, ...more] = splitOutside(one, '=')
    const parts = splitOutside(place ?? '', '.')
    const column = parts.pop()
    if (!old || more.length > 0 || !column || parts.length === 0 || parts.length > 2)
      throw usage(
        `“${one}” maps no column.`,
        'Write --map public.orders.total=amount: the live column, and its name in the source.',
      )
    const table = parts.join('.')
    renamed[table] = { ...renamed[table], [unquote(column)]: unquote(old) }
  }
  return renamed
}

/** Reads the options to the fields of a restore’s request; those that were not given are left out. */
export function readFilters(options: CommandOptions) {
  const text = (name: string) => (typeof options[name] === 'string' ? (options[name] as string) : undefined)
  const [pick, organization, membership, map] = ['pick', 'organization', 'membership', 'map'].map(text)
  const moment = (name: string) => {
    const given = text(name)
    return given === undefined ? undefined : readMoment(given, new Date()).toISOString()
  }
  const [since, until] = [moment('changedSince'), moment('changedUntil')]
  return {
    ...(pick === undefined ? {} : { picked: readPicked(pick) }),
    ...(organization === undefined
      ? {}
      : { organization: { key: organization, membership: membership ?? null } }),
    ...(since === undefined && until === undefined ? {} : { changed: { since, until } }),
    ...(map === undefined ? {} : { renamed: readRenamed(map) }),
  }
}
