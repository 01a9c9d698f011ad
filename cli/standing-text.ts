import { colors } from '#cli/output.ts'
import { formatCount } from '#lib/format/format-count.ts'
import type { OperationDetails } from '#lib/operations/queries.ts'
import { describeState } from '#lib/operations/state-words.ts'

/** What it does right now: `phase        write: 1,200 of 3,000`. */
function phaseLine({ status, planJob, runJob }: OperationDetails): string | null {
  const job =
    status === 'requested' ? planJob : status === 'running' || status === 'verifying' ? runJob : null
  if (job?.status !== 'running' || !job.phase) return null
  const { phase, progressDone, progressTotal } = job
  const count = progressDone === null ? '' : `: ${formatCount(progressDone)}`
  return `phase        ${phase}${count}${count && progressTotal !== null ? ` of ${formatCount(progressTotal)}` : ''}`
}

/** What has to be said of an operation besides its facts: what it does now, that one person acts alone, that it waits, is late or in doubt. */
export function standingLines(operation: OperationDetails): string[] {
  const { tone, word, sentence } = describeState(operation, new Date())
  const paint = tone === 'bad' ? colors.red : colors.yellow
  const { undoesOperationId, undoneBy } = operation
  const lines = [
    phaseLine(operation),
    undoesOperationId ? `undoes       ${undoesOperationId}` : null,
    undoneBy ? `undone by    ${undoneBy}` : null,
    sentence ? paint(`${word ?? operation.status}: ${sentence}`) : null,
  ].filter((line) => line !== null)
  if (operation.approvalMode === 'break-glass') {
    lines.push(colors.red(`BREAK-GLASS: ${operation.approvedBy} approved this without a second person.`))
  }
  if (operation.approvalMode === 'solo')
    lines.push(colors.yellow('Approved by the one who requested it (solo).'))
  if (operation.soloMode) {
    lines.push(colors.red('SOLO MODE: one person alone may act here (holdfast users solo off --reason R)'))
  }
  return lines
}
