'use client'

import Link from 'next/link'
import { DatabaseOutcome } from '#components/operations/database-outcome.tsx'
import { ProofTables } from '#components/operations/proof-tables.tsx'
import { isAboutRows, ResultPanel } from '#components/operations/result-panel.tsx'
import { Panel } from '#components/ui/card.tsx'
import { requestUndoAction } from '../actions.ts'
import type { OperationData } from './operation-screen.tsx'
import { SwitchAct } from './switch-act.tsx'

/** What was promised and done, with the proof of it, and the way back. */
export function OutcomePanel({ data }: { data: OperationData }) {
  const { operation, undo, mayUndo } = data
  if (!operation.result) return null
  return (
    <Panel title={isAboutRows(operation.promisedRows, operation.result) ? 'Promised and done' : 'Result'}>
      <div className="grid gap-4">
        {operation.kind === 'permit' && operation.status === 'succeeded' ? (
          <p className="text-sm">
            The permit was made. The statement that uses it is shown to who asked for it and who approved it:{' '}
            <Link
              href={`/guards?target=${encodeURIComponent(operation.targetName)}#permits`}
              className="text-accent hover:underline"
            >
              to the permits
            </Link>
            .
          </p>
        ) : null}
        <ProofTables summary={operation.summary} request={operation.request} result={operation.result} />
        <DatabaseOutcome kind={operation.kind} result={operation.result} />
        <SwitchAct data={data} />
        <ResultPanel
          promisedRows={operation.promisedRows}
          result={operation.result}
          undo={{
            operationId: operation.id,
            state: undo,
            request: mayUndo ? requestUndoAction : undefined,
          }}
        />
      </div>
    </Panel>
  )
}
