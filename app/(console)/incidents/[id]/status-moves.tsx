'use client'

import dynamic from 'next/dynamic'
import { useAction } from '#app/_web/use-action.ts'
import { Button } from '#components/ui/button.tsx'
import { nextStatuses } from '#lib/incidents/transitions.ts'
import type { IncidentStatus } from '#lib/incidents/types.ts'
import { moveIncidentAction } from '../actions.ts'

const ResolveDialog = dynamic(() => import('./resolve-dialog.tsx').then((module) => module.ResolveDialog), {
  loading: () => <Button disabled>Resolve</Button>,
})

const words: Record<IncidentStatus, string> = {
  open: 'Open',
  investigating: 'Investigating',
  stable: 'Stable',
  resolved: 'Resolve',
  closed: 'Close',
}

export function StatusMoves({
  incident,
}: {
  incident: { id: string; number: number; status: IncidentStatus }
}) {
  const moving = useAction(moveIncidentAction)
  const over = incident.status === 'resolved'
  return nextStatuses(incident.status).map((to) =>
    to === 'resolved' ? (
      <ResolveDialog
        key={to}
        incident={incident}
        look={{ variant: incident.status === 'stable' ? 'primary' : 'secondary' }}
      />
    ) : (
      <Button
        key={to}
        pending={moving.pending}
        onClick={() => void moving.run({ incidentId: incident.id, to })}
      >
        {over && to === 'investigating' ? 'Reopen' : words[to]}
      </Button>
    ),
  )
}
