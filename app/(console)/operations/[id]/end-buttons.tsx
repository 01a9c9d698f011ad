'use client'

import { useAction } from '#app/_web/use-action.ts'
import { Button } from '#components/ui/button.tsx'
import { ReasonDialog } from '#components/ui/reason-dialog.tsx'
import { cancelOperationAction, refuseOperationAction } from '../actions.ts'

/** Ends it for everybody, with a reason. */
export const RefuseButton = ({ operationId }: { operationId: string }) => (
  <ReasonDialog
    act={refuseOperationAction}
    input={{ operationId }}
    title="Refuse this plan"
    about="One refusal ends it for everybody. It can be requested again."
    question="Why"
    hint="At least 8 characters; everybody reads it."
    least={8}
    button="Refuse"
    confirm="Refuse it"
    done="Refused"
    size="large"
    danger
  />
)

/** Takes it back; of a running one, asks it to stop. */
export function CancelButton({ operationId, running }: { operationId: string; running: boolean }) {
  const cancelling = useAction(cancelOperationAction, {
    done: running ? 'Asked it to stop' : 'Cancelled',
  })
  return (
    <Button size="large" pending={cancelling.pending} onClick={() => cancelling.run({ operationId })}>
      {running ? 'Stop it' : 'Cancel'}
    </Button>
  )
}
