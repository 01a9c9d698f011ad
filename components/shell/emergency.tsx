'use client'

import { ArchiveRestore, type LucideIcon, OctagonAlert, Siren, UserRoundCheck } from 'lucide-react'
import Link from 'next/link'
import { useState } from 'react'
import { useShell } from '#components/shell/shell-context.tsx'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'

export interface OpenIncident {
  id: string
  number: number
  title: string
  targetId: string | null
  beganAt: string
}

/** The red button of every page: the three things that a disaster needs, big enough for a thumb. */
export function Emergency({
  incidents,
  iconOnPhone,
}: {
  incidents: OpenIncident[]
  /** On a phone the open incident's clock needs the place of the word. */
  iconOnPhone: boolean
}) {
  const { target } = useShell()
  const [open, setOpen] = useState(false)
  const close = () => setOpen(false)
  const here = incidents.find(({ targetId }) => targetId === target?.id)
  const of = target ? `?target=${encodeURIComponent(target.name)}` : ''
  const inIncident = here ? `${of ? `${of}&` : '?'}incident=${here.id}` : of
  return (
    <Dialog
      title="Emergency"
      about={target ? `About ${target.name} (${target.environment}).` : undefined}
      side="right"
      danger
      open={open}
      onOpenChange={setOpen}
      trigger={
        <Button variant="danger">
          <OctagonAlert aria-hidden />
          <span className={iconOnPhone ? 'max-sm:sr-only' : undefined}>Emergency</span>
        </Button>
      }
    >
      <ul className="grid gap-3">
        {here ? (
          <Act
            onGo={close}
            icon={Siren}
            href={`/incidents/${here.id}`}
            title={`Go to incident #${here.number}`}
            about={`${here.title}. It is open; its page leads through the steps.`}
          />
        ) : (
          <Act
            onGo={close}
            icon={Siren}
            href={`/incidents${of ? `${of}&` : '?'}new=1`}
            title="Open an incident"
            about="Starts the clock and the timeline, tells the others, and leads through the steps."
          />
        )}
        <Act
          onGo={close}
          icon={ArchiveRestore}
          href={`/restores${inIncident}`}
          title="Restore lost data"
          about="Shows what is missing and puts back only that, from a snapshot or an archive. Nothing is written before a second person approves."
        />
        <Act
          onGo={close}
          icon={UserRoundCheck}
          href={`/recovery${inIncident}`}
          title="Recover locked-out users"
          about="Finds people who lost their organisation or role, and gives it back."
        />
      </ul>
      <p className="mt-5 text-xs text-ink-faint">
        The web is down too? Everything here works from a terminal of the host:{' '}
        <code className="font-mono">holdfast --help</code>
      </p>
    </Dialog>
  )
}

function Act({
  icon: Icon,
  href,
  title,
  about,
  onGo,
}: {
  icon: LucideIcon
  href: string
  title: string
  about: string
  onGo(): void
}) {
  return (
    <li>
      <Link
        href={href}
        prefetch={false}
        onClick={onGo}
        className="flex min-h-16 gap-3 rounded-lg border border-line-strong bg-raised px-4 py-3 hover:border-bad"
      >
        <Icon aria-hidden className="mt-0.5 size-5 shrink-0 text-bad" />
        <span>
          <span className="block text-base font-semibold">{title}</span>
          <span className="block text-sm text-ink-soft">{about}</span>
        </span>
      </Link>
    </li>
  )
}
