import type { PlannedTable, PlanSummary } from '#lib/operations/types.ts'
import type { RestoreResult } from '#lib/restores/types.ts'

export interface ProvenTable {
  table: string
  /** Null where the plan’s counts do not say what of them is written. */
  promised: number | null
  done: number
  /** `112 put back, 3 reset`. */
  how: string
  before: number | null
  after: number | null
}

interface ShownProof {
  tables: ProvenTable[]
  guards: { table: string; state: string }[] | null
  sequences: { sequence: string; to: string }[]
  /** `requested`, why there is none, or null where nobody says. */
  health: string | null
  kept: { schema: string; rows: number; expired: boolean } | null
  copy: {
    schema: string
    tables: { table: string; rows: number }[]
    statements: { title: string; sql: string }[]
  } | null
}

const howWords = ({ inserted, updated, deleted }: RestoreResult['tables'][number]): string =>
  [
    inserted > 0 ? `${inserted.toLocaleString('en')} put back` : '',
    updated > 0 ? `${updated.toLocaleString('en')} reset` : '',
    deleted > 0 ? `${deleted.toLocaleString('en')} deleted` : '',
  ]
    .filter(Boolean)
    .join(', ') || 'nothing'

/** How many rows of a table a restore of this mode promises to write. */
function promisedOf(table: PlannedTable | undefined, mode: unknown): number | null {
  if (!table) return null
  if (mode === 'missing') return table.missing
  if (mode === 'all') return table.missing + table.changed + table.extra
  return null
}

/** What a result proves, in the form that page and report show; null for results that are not about rows. Pure. */
export function readProof(summary: PlanSummary | null, request: unknown, result: unknown): ShownProof | null {
  const done = result as Partial<RestoreResult> | null
  if (!done || !Array.isArray(done.tables)) return null
  const asked = request as { rows?: unknown; source?: { kind?: string } } | null
  // An undo means something else by its modes.
  const mode = asked?.source?.kind === 'operation' ? null : asked?.rows
  const { undo, copy } = done
  return {
    tables: done.tables.map((table) => {
      const proven = done.proof?.find((one) => one.table === table.table)
      return {
        table: table.table,
        promised: promisedOf(
          summary?.tables.find((one) => one.table === table.table),
          mode,
        ),
        done: table.inserted + table.updated + table.deleted,
        how: howWords(table),
        before: proven?.rowsBefore ?? null,
        after: proven?.rowsAfter ?? null,
      }
    }),
    guards: done.guards?.map(({ table, state }) => ({ table, state })) ?? null,
    sequences: (done.sequences ?? []).map(({ sequence, to }) => ({ sequence, to })),
    health: done.healthProblem ?? (done.healthJobRunId ? 'requested' : null),
    kept: undo
      ? {
          schema: undo.schema,
          rows: undo.tables.reduce((sum, { beforeRows, madeRows }) => sum + beforeRows + madeRows, 0),
          expired: undo.expiredAt !== undefined,
        }
      : null,
    copy: copy
      ? {
          schema: copy.schema,
          tables: copy.tables.map(({ table, rows }) => ({ table, rows })),
          statements: [
            { title: 'Look at the rows', sql: copy.statements.look.join('\n') },
            { title: 'Take over what live lacks', sql: copy.statements.move.join('\n') },
            { title: 'Reset what live changed', sql: copy.statements.reset.join('\n') },
            { title: 'Drop the copy', sql: copy.statements.drop },
          ].filter(({ sql }) => sql !== ''),
        }
      : null,
  }
}
