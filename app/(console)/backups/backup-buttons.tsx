'use client'

import { useAction } from '#app/_web/use-action.ts'
import { Button } from '#components/ui/button.tsx'
import { can } from '#lib/auth/permissions.ts'
import type { Role } from '#lib/context.ts'
import { requestBackupAction } from './actions.ts'

/** Takes a backup of either kind now. */
export function BackUpNow({
  role,
  target,
  isControl,
}: {
  role: Role
  target: string
  /** Nothing is written into Holdfast's own database, not even a snapshot. */
  isControl: boolean
}) {
  const snapshot = useAction(requestBackupAction, { done: 'Snapshot requested' })
  const archive = useAction(requestBackupAction, { done: 'Archive requested' })
  if (!can(role, 'backups.request')) return null
  return (
    <>
      {isControl ? null : (
        <Button
          pending={snapshot.pending}
          title="Copies the protected tables within the database: quick, for careless deletes"
          onClick={() => snapshot.run({ target, kind: 'snapshot' })}
        >
          Snapshot now
        </Button>
      )}
      <Button
        variant="primary"
        pending={archive.pending}
        title="Dumps the database into the stores: for the day it is gone"
        onClick={() => archive.run({ target, kind: 'archive' })}
      >
        Archive now
      </Button>
    </>
  )
}
