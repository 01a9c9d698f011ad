import { isOpen } from '#lib/incidents/transitions.ts'
import type { RunbookFacts } from './types.ts'

/** The target's name as a shell takes it; a placeholder where there is no target. */
export const shellName = ({ incident }: RunbookFacts): string =>
  incident.targetName === null ? 'TARGET' : quoteShell(incident.targetName)

export const quoteShell = (text: string): string =>
  /^[\w./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`

/** A page about the incident's target, with what else it should know. */
export function pageOf({ incident }: RunbookFacts, path: string, asked: Record<string, string> = {}): string {
  const known = { ...(incident.targetName ? { target: incident.targetName } : {}), ...asked }
  const query = new URLSearchParams(known).toString()
  return query ? `${path}?${query}` : path
}

export const isRunning = ({ incident }: RunbookFacts): boolean => isOpen(incident.status)

/** The newest operation of these kinds; operations come newest first. */
export const newestOf = ({ operations }: RunbookFacts, ...kinds: string[]) =>
  operations.find(({ kind }) => kinds.includes(kind)) ?? null

export function toldOperation(operation: RunbookFacts['operations'][number] | null): string | null {
  if (!operation) return null
  const { status, doneRows } = operation
  return status === 'succeeded' && doneRows !== null
    ? `Done: ${doneRows.toLocaleString('en-US')} rows`
    : `Now: ${status.replaceAll('-', ' ')}`
}

/** Only what succeeded is done; what is under way is told beside its button. */
export const doneOperation = (operation: RunbookFacts['operations'][number] | null): string | null =>
  operation?.status === 'succeeded' ? toldOperation(operation) : null
