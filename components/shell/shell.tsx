'use client'

import { BellRing, Siren, WifiOff } from 'lucide-react'
import Link from 'next/link'
import { type ReactNode, useCallback, useState } from 'react'
import { Emergency, type OpenIncident } from '#components/shell/emergency.tsx'
import { environmentFill } from '#components/shell/environment.ts'
import { hrefFor } from '#components/shell/navigation.ts'
import { PhoneNavigation } from '#components/shell/phone-navigation.tsx'
import { RunningWork } from '#components/shell/running-work.tsx'
import { useShell } from '#components/shell/shell-context.tsx'
import type { ShellJob } from '#components/shell/shell-job.ts'
import { Shortcuts } from '#components/shell/shortcuts.tsx'
import { type PlaceCounts, SideNavigation } from '#components/shell/side-navigation.tsx'
import { SoloBanner, type SoloState } from '#components/shell/solo-banner.tsx'
import { TargetSwitcher } from '#components/shell/target-switcher.tsx'
import { UserMenu } from '#components/shell/user-menu.tsx'
import { classNames } from '#components/ui/class-names.ts'
import { RunningClock } from '#components/ui/time.tsx'

export interface ShellData {
  jobs: ShellJob[]
  operations: { id: string; status: string; targetId: string }[]
  firing: { targetId: string | null; severity: string }[]
  incidents: OpenIncident[]
  workers: number
  solo: SoloState
}

const plural = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`

/** The frame of every page: navigation, and the bar that shows where one is, what runs, what fires, and the way out. */
export function Shell({
  data,
  live,
  mayAct,
  onSignOut,
  children,
}: {
  data: ShellData
  live: 'starting' | 'up' | 'down'
  /** Whether this person may act in an emergency at all. */
  mayAct: boolean
  onSignOut(): void
  children: ReactNode
}) {
  const { target } = useShell()
  const [helpOpen, setHelpOpen] = useState(false)
  const [switching, setSwitching] = useState(false)
  const switchTarget = useCallback(() => setSwitching(true), [])

  const urgent = data.firing.some(({ severity }) => severity === 'CRITICAL' || severity === 'EMERGENCY')
  const waiting = data.operations.filter(({ status }) =>
    ['planned', 'awaiting-approval', 'approved'].includes(status),
  )
  const incident = data.incidents.find(({ targetId }) => targetId === target?.id) ?? data.incidents[0] ?? null
  const counts: PlaceCounts = {
    alerts: { count: data.firing.length, urgent, what: `${plural(data.firing.length, 'alert')} firing` },
    incidents: {
      count: data.incidents.length,
      urgent: true,
      what: `${plural(data.incidents.length, 'incident')} open`,
    },
    operations: {
      count: waiting.length,
      urgent: false,
      what: `${plural(waiting.length, 'operation')} waiting for a person`,
    },
  }

  return (
    <div className="min-h-dvh lg:grid print:block! lg:grid-cols-[13.5rem_minmax(0,1fr)]">
      <a
        href="#content"
        className="sr-only z-50 rounded-md bg-accent px-3 py-2 text-on-accent focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        Skip to the content
      </a>
      <aside
        data-shell
        className="sticky top-0 h-dvh border-r border-line bg-surface max-lg:hidden print:hidden"
      >
        <SideNavigation counts={counts} />
      </aside>
      <div className="min-w-0">
        <header data-shell className="sticky top-0 z-30 border-b border-line bg-surface">
          <div aria-hidden className={classNames('h-1', environmentFill(target?.environment))} />
          <div className="flex h-12 items-center gap-2 px-3 sm:px-4">
            <TargetSwitcher open={switching} onOpenChange={setSwitching} />
            <div className="ml-auto flex items-center gap-1 sm:gap-2">
              {live === 'down' ? (
                <span
                  role="status"
                  title="Changes do not arrive by themselves right now. The page reads again every 15 seconds."
                  className="flex items-center gap-1 rounded bg-warn-tint px-1.5 py-0.5 text-xs font-medium text-warn"
                >
                  <WifiOff aria-hidden className="size-3.5" />
                  <span className="max-sm:sr-only">not live</span>
                </span>
              ) : null}
              <RunningWork jobs={data.jobs} />
              {incident ? (
                <Link
                  prefetch={false}
                  href={`/incidents/${incident.id}`}
                  title={incident.title}
                  className="flex h-8 items-center gap-1.5 rounded-md bg-bad-tint px-2 text-xs font-semibold text-bad"
                >
                  <Siren aria-hidden className="size-4" />
                  <span className="max-sm:hidden">#{incident.number}</span>
                  <RunningClock since={incident.beganAt} />
                </Link>
              ) : null}
              <Link
                prefetch={false}
                href={hrefFor('/alerts', target?.name ?? null)}
                aria-label={`${plural(data.firing.length, 'alert')} firing`}
                className={classNames(
                  'flex h-8 items-center gap-1 rounded-md px-2 text-xs font-semibold hover:bg-sunken max-sm:hidden',
                  data.firing.length === 0 ? 'text-ink-faint' : urgent ? 'text-bad' : 'text-warn',
                )}
              >
                <BellRing aria-hidden className="size-4" />
                {data.firing.length}
              </Link>
              <UserMenu onShortcuts={() => setHelpOpen(true)} onSignOut={onSignOut} />
              {mayAct ? <Emergency incidents={data.incidents} iconOnPhone={incident !== null} /> : null}
            </div>
          </div>
          {data.workers === 0 ? (
            <div role="alert" className="border-t border-bad/40 bg-bad-tint px-4 py-1.5 text-sm text-ink">
              <strong className="font-semibold text-bad">No worker is running.</strong> Nothing is checked,
              backed up or restored until one runs. Start it on the host:{' '}
              <code className="font-mono text-xs">holdfast start</code>
            </div>
          ) : null}
          <SoloBanner solo={data.solo} />
        </header>
        <main
          id="content"
          tabIndex={-1}
          className="mx-auto max-w-[1440px] px-3 py-4 outline-none max-lg:pb-24 sm:px-5"
        >
          {children}
        </main>
      </div>
      <PhoneNavigation counts={counts} />
      <Shortcuts helpOpen={helpOpen} onHelp={setHelpOpen} onSwitchTarget={switchTarget} />
    </div>
  )
}
