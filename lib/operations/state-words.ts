import { formatDuration } from '#lib/format/format-duration.ts'
import type { ApprovalMode, OperationStatus } from '#lib/operations/types.ts'

/** What of an operation says how it stands; `OperationDetails` has it all. Times as dates or, in a browser, as text. */
export interface Standing {
  status: OperationStatus
  approvalMode: ApprovalMode
  runFrom: Date | string | null
  runBy: Date | string | null
  startedAt: Date | string | null
  error: { code: string; message: string } | null
  summary: { estimateMs: number | null } | null
  runJob: { status: string; phase: string | null } | null
}

export interface StateWords {
  tone: 'calm' | 'warn' | 'bad' | 'good'
  /** The word for a badge, where the status alone would mislead: `in doubt`, `overdue`, `waits`. Null: the status. */
  word: string | null
  /** One sentence for the page; null where the status says it all. */
  sentence: string | null
}

const calm: StateWords = { tone: 'calm', word: null, sentence: null }
const millisecondsOf = (at: Date | string): number => new Date(at).getTime()

/** A run is overdue after three times the estimate, but never within two minutes. */
const overdueAfterMs = (estimateMs: number | null | undefined): number =>
  Math.max(120_000, 3 * (estimateMs ?? 0))

/**
 * How an operation stands, in words that never call undone what may be done: in doubt while the target cannot be asked,
 * overdue while nobody has said what became of it. Pure.
 */
export function describeState(operation: Standing, now: Date): StateWords {
  const { status, error, runFrom } = operation
  if (status === 'running' || status === 'verifying') return describeRun(operation, now)
  if (status === 'failed' && error?.code === 'verification-failed') {
    return {
      tone: 'bad',
      word: 'written, not proven',
      sentence:
        'The rows are written, and the proof does not hold. Look at the differences before anything else.',
    }
  }
  if (status !== 'approved') return calm
  if (operation.approvalMode === 'break-glass') {
    return { tone: 'bad', word: 'break-glass', sentence: null }
  }
  if (runFrom && millisecondsOf(runFrom) > now.getTime()) {
    const wait = formatDuration(millisecondsOf(runFrom) - now.getTime())
    return {
      tone: 'warn',
      word: 'waits',
      sentence: `One person approved this alone. It may run in ${wait}; until then anybody else may refuse it.`,
    }
  }
  return calm
}

function describeRun({ status, error, startedAt, summary, runJob }: Standing, now: Date): StateWords {
  if (error?.code === 'outcome-unknown') {
    return {
      tone: 'bad',
      word: 'in doubt',
      sentence:
        'The target cannot be asked whether it committed. It is asked again until it answers; do not repeat the operation.',
    }
  }
  const hasEnded = runJob !== null && runJob.status !== 'queued' && runJob.status !== 'running'
  if (hasEnded) {
    return {
      tone: 'warn',
      word: 'being settled',
      sentence: 'The process that ran it is gone. The target is asked whether it committed.',
    }
  }
  const runsForMs = startedAt ? now.getTime() - millisecondsOf(startedAt) : 0
  if (status === 'running' && runJob?.status === 'queued' && runsForMs > 30_000) {
    return { tone: 'warn', word: 'waits for a worker', sentence: 'Nobody has begun it. Is a worker running?' }
  }
  if (runsForMs > overdueAfterMs(summary?.estimateMs)) {
    return {
      tone: 'warn',
      word: 'overdue',
      sentence: `It has run for ${formatDuration(runsForMs)}, longer than expected. What is written is decided by one commit at its end.`,
    }
  }
  return status === 'verifying'
    ? { tone: 'calm', word: 'proving', sentence: 'The target committed; the result is being proven.' }
    : calm
}
