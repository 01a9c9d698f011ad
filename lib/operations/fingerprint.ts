import { createHash } from 'node:crypto'

/** JSON with sorted keys, so that equal data has equal text. Dates and big integers are written as text. */
export function canonicalJson(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'bigint') return JSON.stringify(value.toString())
  if (typeof value === 'number' && !Number.isFinite(value)) return JSON.stringify(String(value))
  if (typeof value !== 'object') return JSON.stringify(value)
  if (value instanceof Date) return JSON.stringify(value.toISOString())
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  const entries = Object.entries(value)
    .filter(([, part]) => part !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([name, part]) => `${JSON.stringify(name)}:${canonicalJson(part)}`).join(',')}}`
}

export interface Bound {
  kind: string
  targetId: string
  request: unknown
}

/** What an approval is bound to: sha256 over the act, its target and the part of the plan that decides what is written. */
export const fingerprintOf = ({ kind, targetId, request }: Bound, binding: unknown): string =>
  createHash('sha256').update(canonicalJson({ kind, targetId, request, binding })).digest('hex')
