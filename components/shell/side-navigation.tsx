'use client'

import Link from 'next/link'
import { usePathname } from 'next/navigation'
import { Logo } from '#components/shell/logo.tsx'
import { hrefFor, placeGroups, placeOf } from '#components/shell/navigation.ts'
import { useShell } from '#components/shell/shell-context.tsx'
import { classNames } from '#components/ui/class-names.ts'

export type PlaceCounts = Partial<Record<string, { count: number; urgent: boolean; what: string }>>

/** All places of the console, with what waits there. */
export function SideNavigation({ counts, onGo }: { counts: PlaceCounts; onGo?: () => void }) {
  const pathname = usePathname()
  const { target } = useShell()
  const current = placeOf(pathname)
  return (
    <nav aria-label="Console" className="flex h-full flex-col gap-3 overflow-y-auto px-2 py-3">
      <Link
        prefetch={false}
        href={hrefFor('/', target?.name ?? null)}
        onClick={onGo}
        className="flex items-center gap-2 rounded-md px-2 py-1"
      >
        <Logo className="size-6" />
        <span className="text-base font-semibold tracking-tight">Holdfast</span>
      </Link>
      {placeGroups.map((group) => (
        <div key={group.title ?? 'top'}>
          {group.title ? (
            <div className="px-2 pb-1 text-2xs font-medium tracking-wide text-ink-faint uppercase">
              {group.title}
            </div>
          ) : null}
          <ul className="grid gap-px">
            {group.places.map(({ noun, title, href, icon: Icon }) => {
              const here = current?.noun === noun
              const waiting = counts[noun]
              return (
                <li key={noun}>
                  <Link
                    prefetch={false}
                    href={hrefFor(href, target?.name ?? null)}
                    onClick={onGo}
                    aria-current={here ? 'page' : undefined}
                    className={classNames(
                      'flex h-8 items-center gap-2.5 rounded-md px-2 text-sm max-lg:h-10',
                      here
                        ? 'bg-accent-tint font-medium text-accent'
                        : 'text-ink-soft hover:bg-sunken hover:text-ink',
                    )}
                  >
                    <Icon aria-hidden className="size-4 shrink-0" />
                    <span className="mr-auto">{title}</span>
                    {waiting && waiting.count > 0 ? (
                      <span
                        title={waiting.what}
                        className={classNames(
                          'min-w-5 rounded-full px-1.5 text-center text-2xs font-semibold',
                          waiting.urgent ? 'bg-bad-strong text-on-bad' : 'bg-sunken text-ink-soft',
                        )}
                      >
                        {waiting.count}
                        <span className="sr-only"> {waiting.what}</span>
                      </span>
                    ) : null}
                  </Link>
                </li>
              )
            })}
          </ul>
        </div>
      ))}
    </nav>
  )
}
