import type postgres from 'postgres'
import type { RecoverySource } from '#lib/recovery/types.ts'
import type { RowsSource } from '#lib/rows/types.ts'
import type { Table } from '#lib/targets/types.ts'

/** Where what people had is looked for: a session of the target, and how the work tells where it is. */
export interface SearchScope {
  sql: postgres.Sql
  signal: AbortSignal
  phase(name: string, total?: number): Promise<void> | void
}

/** A backup, open: its tables beside the live ones in the target's session. */
export interface OpenEvidence {
  bring(live: Table): Promise<Pick<RowsSource, 'relation' | 'columns'> | null>
  /** Holds what was read against its facts before anything of it is believed. Throws AppError when it is damaged. */
  prove(): Promise<void>
}

/** A backup that may know what people had. Opened only while something is still looked for. */
export interface Evidence {
  source: RecoverySource
  label: string
  open<T>(work: (opened: OpenEvidence) => Promise<T>): Promise<T>
}

/** What a search may read. */
export interface EvidenceBook {
  /** Newest first, the cheap ones before those that have to be restored first. */
  quick: Evidence[]
  /** Archives, those that are proven first. */
  slow: Evidence[]
  /** Whether the slow ones are asked about each who is left, or only where nothing was found of anybody. */
  slowFor: 'each' | 'nobody-found'
  /** Journal images after it are not read, so that a run reads what its plan read. */
  until: Date
  /** When the loss began: what was gone before is not taken for lost. */
  lostSince: Date
  /** What an approved act took, or what was gone before, counts as lost too: a person asked for it. */
  includeRemoved: boolean
}
