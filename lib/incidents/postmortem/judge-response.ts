import { countOf, formatCount } from '#lib/format/format-count.ts'
import { formatDuration } from '#lib/format/format-duration.ts'
import type { PostmortemFacts } from './types.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs

/** What a good response is measured by. */
export const expectations = {
  detectMs: 5 * minuteMs,
  acknowledgeMs: 15 * minuteMs,
  recoverMs: hourMs,
  proofMs: 24 * hourMs,
}

type Judged = Pick<PostmortemFacts, 'incident' | 'clocks' | 'timeline' | 'losses' | 'operations' | 'runbook'>

/** What went well and what went badly, each with the number or record that says so. A pure rule over the evidence. */
export function judgeResponse(facts: Judged): { well: string[]; badly: string[] } {
  const well: string[] = []
  const badly: string[] = []
  const say = (isWell: boolean, sentence: string) => (isWell ? well : badly).push(sentence)
  judgeClocks(facts, say)
  judgeProtection(facts, say)
  judgeRecovery(facts, say)
  return { well, badly }
}

type Say = (isWell: boolean, sentence: string) => void

function judgeClocks({ clocks }: Judged, say: Say): void {
  const { detectMs, acknowledgeMs, recoverMs, accessMs } = clocks
  if (detectMs !== null) {
    say(detectMs <= expectations.detectMs, `It was noticed after ${formatDuration(detectMs)}.`)
  }
  if (acknowledgeMs === null) say(false, 'Nobody acknowledged it.')
  else
    say(
      acknowledgeMs <= expectations.acknowledgeMs,
      `Somebody took it on after ${formatDuration(acknowledgeMs)}.`,
    )
  if (recoverMs !== null) {
    say(recoverMs <= expectations.recoverMs, `It was stable after ${formatDuration(recoverMs)}.`)
  }
  if (accessMs !== null) say(true, `People could sign in again after ${formatDuration(accessMs)}.`)
}

function judgeProtection({ incident, timeline, losses }: Judged, say: Say): void {
  const refused = timeline.filter(({ kind, title }) => kind === 'guard' && title.startsWith('Guard refused'))
  if (refused.length > 0) {
    const times = refused.reduce((sum, entry) => sum + (entry.times ?? 1), 0)
    say(true, `Guards refused ${countOf(times, 'change')}.`)
  }
  const unguarded = (losses ?? []).filter(({ evidence }) => evidence === 'row-counts')
  if (unguarded.length > 0) {
    say(
      false,
      `Rows went from ${countOf(unguarded.length, 'table')} without the journal seeing it: ${unguarded
        .map(({ table }) => table)
        .slice(0, 5)
        .join(', ')}.`,
    )
  }
  const state = incident.lastGoodState
  if (state?.backup) {
    const ageMs = Date.parse(state.lossAt) - Date.parse(state.backup.takenAt)
    say(
      ageMs <= expectations.proofMs,
      `The newest proven backup was ${formatDuration(ageMs)} old when it began.`,
    )
  } else if (state) {
    say(false, 'There was no proven backup from before the loss.')
  }
  const undelivered = timeline.filter(({ kind, turn }) => kind === 'message' && turn === 'worse')
  if (undelivered.length > 0) say(false, `${countOf(undelivered.length, 'message')} could not be sent.`)
  const unexplained = timeline.filter(({ kind, turn }) => kind === 'schema' && turn === 'worse')
  if (unexplained.length > 0) {
    say(false, `The schema changed ${countOf(unexplained.length, 'time')} and no deployment accounts for it.`)
  }
}

function judgeRecovery({ incident, operations, runbook }: Judged, say: Say): void {
  const { rowsLost, rowsRecovered } = incident
  if (rowsLost) {
    const back = rowsRecovered ?? 0
    say(
      back >= rowsLost,
      back >= rowsLost
        ? `All ${countOf(rowsLost, 'lost row')} were put back.`
        : `Not put back: ${formatCount(rowsLost - back)} of ${countOf(rowsLost, 'lost row')}.`,
    )
  }
  const kept = operations.filter(
    ({ status, promisedRows, doneRows }) =>
      status === 'succeeded' && promisedRows === doneRows && doneRows !== null,
  )
  if (kept.length > 0) say(true, `${countOf(kept.length, 'operation')} wrote exactly what was approved.`)
  const failed = operations.filter(({ status }) => status === 'failed')
  if (failed.length > 0) say(false, `${countOf(failed.length, 'operation')} failed.`)
  if (!incident.commander) say(false, 'Nobody commanded.')
  if (incident.resolvedAt && !runbook.some(({ key, done }) => key === 'tell' && done)) {
    say(false, 'No stakeholder was told through Holdfast.')
  }
}
