import { colors } from '#cli/output.ts'
import type { OperationDetails } from '#lib/operations/queries.ts'
import { describeState } from '#lib/operations/state-words.ts'

/** What has to be said of an operation besides its facts: that one person acts alone, that it waits, is late or in doubt. */
export function standingLines(operation: OperationDetails): string[] {
  const { tone, word, sentence } = describeState(operation, new Date())
  const paint = tone === 'bad' ? colors.red : colors.yellow
  const lines = word || sentence ? [paint(`${word ?? operation.status}: ${sentence ?? ''}`)] : []
  if (operation.approvalMode === 'break-glass' && operation.status !== 'approved') {
    lines.push(colors.red(`BREAK-GLASS: ${operation.approvedBy} approved this without a second person.`))
  }
  if (operation.approvalMode === 'solo')
    lines.push(colors.yellow('Approved by the one who requested it (solo).'))
  if (operation.soloMode) {
    lines.push(colors.red('SOLO MODE: one person alone may act here (holdfast users solo off --reason R)'))
  }
  return lines
}
