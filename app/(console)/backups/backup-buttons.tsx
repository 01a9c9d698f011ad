'use client'

import { useState } from 'react'
import { useAction } from '#app/_web/use-action.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Field, Textarea } from '#components/ui/field.tsx'
import { Refusal } from '#components/ui/refusal.tsx'
import { can } from '#lib/auth/permissions.ts'
import type { BackupKind, BackupStatus } from '#lib/backups/types.ts'
import type { Role } from '#lib/context.ts'
import {
  acceptBackupAction,
  requestBackupAction,
  requestDrillAction,
  requestVerificationAction,
} from './actions.ts'

interface ShownBackup {
  id: string
  targetName: string
  kind: BackupKind
  status: BackupStatus
  error: { code: string } | null
}

/** Takes a backup of either kind now. */
export function BackUpNow({ role, target }: { role: Role; target: string }) {
  const snapshot = useAction(requestBackupAction, { done: 'Snapshot requested' })
  const archive = useAction(requestBackupAction, { done: 'Archive requested' })
  if (!can(role, 'backups.request')) return null
  return (
    <>
      <Button pending={snapshot.pending} onClick={() => snapshot.run({ target, kind: 'snapshot' })}>
        Snapshot now
      </Button>
      <Button
        variant="primary"
        pending={archive.pending}
        onClick={() => archive.run({ target, kind: 'archive' })}
      >
        Archive now
      </Button>
    </>
  )
}

/** What can be done with one backup: verify, drill, and accept where it only shrank. */
export function BackupActs({
  role,
  backup,
  busy,
  size = 'small',
}: {
  role: Role
  backup: ShownBackup
  busy: boolean
  size?: 'small' | 'medium'
}) {
  const verify = useAction(requestVerificationAction, { done: 'Verification requested' })
  const drill = useAction(requestDrillAction, { done: 'Drill requested' })
  const isThere = backup.status === 'good' || backup.status === 'suspicious'
  if (!isThere) return null
  return (
    <span className="inline-flex flex-wrap justify-end gap-1">
      {can(role, 'backups.accept') && backup.error?.code === 'suspicious' ? (
        <AcceptBackup backupId={backup.id} size={size} />
      ) : null}
      {can(role, 'backups.verify') ? (
        <Button
          size={size}
          disabled={busy}
          pending={verify.pending}
          onClick={() => verify.run({ backupId: backup.id })}
        >
          Verify
        </Button>
      ) : null}
      {can(role, 'drills.request') && backup.kind === 'archive' ? (
        <Button
          size={size}
          disabled={busy}
          pending={drill.pending}
          onClick={() => drill.run({ target: backup.targetName, backupId: backup.id })}
        >
          Drill
        </Button>
      ) : null}
    </span>
  )
}

function AcceptBackup({ backupId, size }: { backupId: string; size: 'small' | 'medium' }) {
  const [open, setOpen] = useState(false)
  const [reason, setReason] = useState('')
  const { run, pending, refusal } = useAction(acceptBackupAction, {
    quiet: true,
    done: 'Accepted as good',
    onDone: () => setOpen(false),
  })
  return (
    <Dialog
      open={open}
      onOpenChange={setOpen}
      title="Accept this backup as good"
      about="It holds far fewer rows than the one before. Accept it only when you know why: later backups are measured against it, and older ones expire again."
      trigger={<Button size={size}>Accept…</Button>}
      footer={
        <>
          <Button onClick={() => setOpen(false)}>Cancel</Button>
          <Button
            variant="primary"
            pending={pending}
            disabled={reason.trim() === ''}
            onClick={() => run({ backupId, reason })}
          >
            Accept as good
          </Button>
        </>
      }
    >
      <div className="grid gap-3">
        <Field label="Why is it right that the rows are gone?">
          <Textarea value={reason} onChange={(event) => setReason(event.target.value)} maxLength={2000} />
        </Field>
        <Refusal of={refusal} />
      </div>
    </Dialog>
  )
}
