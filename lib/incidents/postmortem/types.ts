import type { Clocks } from '#lib/incidents/clocks.ts'
import type { TableLoss } from '#lib/incidents/measure-loss.ts'
import type { RelatedIncident } from '#lib/incidents/related/types.ts'
import type { RunbookStep } from '#lib/incidents/runbooks/types.ts'
import type { Incident, TimelineEntry } from '#lib/incidents/types.ts'

/** A guarded act as the postmortem tells it. */
export interface ToldOperation {
  kind: string
  status: string
  sentence: string | null
  reason: string
  requestedBy: string
  approvedBy: string | null
  fingerprint: string | null
  promisedRows: number | null
  doneRows: number | null
  finishedAt: Date | null
}

export interface PostmortemFacts {
  incident: Incident
  clocks: Clocks
  timeline: readonly TimelineEntry[]
  /** Keys of entries that people held to be important. */
  pinned: ReadonlySet<string>
  losses: readonly TableLoss[] | null
  operations: readonly ToldOperation[]
  runbook: readonly RunbookStep[]
  related: readonly RelatedIncident[]
  timeZone: string
  writtenAt: Date
}
