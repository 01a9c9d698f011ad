'use client'

import { ChevronDown } from 'lucide-react'
import Link from 'next/link'
import { useAction } from '#app/_web/use-action.ts'
import type { Wire } from '#app/_web/wire.ts'
import { Button } from '#components/ui/button.tsx'
import { Menu, MenuItem, MenuLabel } from '#components/ui/menu.tsx'
import { ReasonDialog } from '#components/ui/reason-dialog.tsx'
import { can } from '#lib/auth/permissions.ts'
import type { ListedCopy } from '#lib/backups/list-backups-page.ts'
import type { Backup } from '#lib/backups/types.ts'
import type { Role } from '#lib/context.ts'
import {
  acceptBackupAction,
  holdBackupAction,
  releaseBackupAction,
  requestDrillAction,
  requestVerificationAction,
} from '../actions.ts'

type Shown = Wire<Backup>

const verifyTitle = 'Reads every byte of every copy again and checks it against what was signed'
const drillTitle =
  'Restores it into a scratch database, compares all facts and measures the time; the target is not touched'

/** One button, or one with a choice of stores where there are several good copies. */
function DrillButton({
  backup,
  copies,
  busy,
}: {
  backup: Shown
  copies: readonly Wire<ListedCopy>[]
  busy: boolean
}) {
  const { run, pending } = useAction(requestDrillAction, { done: 'Drill requested' })
  const stores = copies.filter(({ status }) => status === 'good').map(({ store }) => store)
  const input = { target: backup.targetName, backupId: backup.id }
  if (stores.length < 2) {
    return (
      <Button disabled={busy} pending={pending} title={drillTitle} onClick={() => run(input)}>
        Drill
      </Button>
    )
  }
  return (
    <Menu
      align="end"
      trigger={
        <Button disabled={busy} pending={pending} title={drillTitle}>
          Drill
          <ChevronDown aria-hidden />
        </Button>
      }
    >
      <MenuLabel>Restore the copy in</MenuLabel>
      {stores.map((store) => (
        <MenuItem key={store} onSelect={() => run({ ...input, store })}>
          {store}
        </MenuItem>
      ))}
    </Menu>
  )
}

function HoldButton({ backup }: { backup: Shown }) {
  return backup.heldAt ? (
    <ReasonDialog
      act={releaseBackupAction}
      input={{ backupId: backup.id }}
      title="Let go of this backup"
      about="From then on it expires by the retention like any other, which may be at once."
      question="Why is it no longer needed?"
      button="Release…"
      confirm="Release it"
      done="Released"
    />
  ) : (
    <ReasonDialog
      act={holdBackupAction}
      input={{ backupId: backup.id }}
      title="Hold this backup"
      about="It is kept whatever the retention says, until a person lets go of it."
      question="What is it kept for?"
      button="Hold…"
      confirm="Hold it"
      done="Held"
    />
  )
}

/** What can be done with a backup, as far as this person may do it. */
export function BackupActs({
  role,
  backup,
  copies,
  busy,
}: {
  role: Role
  backup: Shown
  copies: readonly Wire<ListedCopy>[]
  busy: boolean
}) {
  const verify = useAction(requestVerificationAction, { done: 'Verification requested' })
  const isThere = backup.status === 'good' || backup.status === 'suspicious'
  if (!isThere) return null
  return (
    <>
      {can(role, 'backups.accept') && backup.error?.code === 'suspicious' ? (
        <ReasonDialog
          act={acceptBackupAction}
          input={{ backupId: backup.id }}
          title="Accept this backup as good"
          about="It holds far fewer rows than the one before. Accept it only when you know why: later backups are measured against it, and older ones expire again."
          question="Why is it right that the rows are gone?"
          button="Accept…"
          confirm="Accept as good"
          done="Accepted as good"
        />
      ) : null}
      {can(role, backup.heldAt ? 'backups.release' : 'backups.hold') ? <HoldButton backup={backup} /> : null}
      {can(role, 'backups.verify') ? (
        <Button
          disabled={busy}
          pending={verify.pending}
          title={verifyTitle}
          onClick={() => verify.run({ backupId: backup.id })}
        >
          Verify
        </Button>
      ) : null}
      {can(role, 'drills.request') && backup.kind === 'archive' ? (
        <DrillButton backup={backup} copies={copies} busy={busy} />
      ) : null}
      {can(role, 'operations.request') && backup.origin === 'holdfast' ? (
        <Button asChild variant="primary">
          <Link
            href={`/restores/new?target=${encodeURIComponent(backup.targetName)}&from=${backup.id}`}
            title="Shows what was lost and what would be written, before anything is"
          >
            Restore from it…
          </Link>
        </Button>
      ) : null}
    </>
  )
}
