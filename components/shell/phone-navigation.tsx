'use client'

import { Menu } from 'lucide-react'
import Link from 'next/link'
import { usePathname } from 'next/navigation'
import { useState } from 'react'
import { hrefFor, phonePlaces, placeOf } from '#components/shell/navigation.ts'
import { useShell } from '#components/shell/shell-context.tsx'
import { type PlaceCounts, SideNavigation } from '#components/shell/side-navigation.tsx'
import { classNames } from '#components/ui/class-names.ts'
import { Dialog } from '#components/ui/dialog.tsx'

const cell =
  'relative flex h-14 flex-1 flex-col items-center justify-center gap-0.5 text-2xs font-medium text-ink-soft aria-[current=page]:text-accent'

/** The bottom of a phone: four places and the way to the rest. */
export function PhoneNavigation({ counts }: { counts: PlaceCounts }) {
  const pathname = usePathname()
  const { target } = useShell()
  const [open, setOpen] = useState(false)
  const current = placeOf(pathname)
  return (
    <div
      data-shell
      className="fixed inset-x-0 bottom-0 z-30 flex border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] lg:hidden"
    >
      {phonePlaces.map(({ noun, title, href, icon: Icon }) => {
        const waiting = counts[noun]
        return (
          <Link
            key={noun}
            prefetch={false}
            href={hrefFor(href, target?.name ?? null)}
            aria-current={current?.noun === noun ? 'page' : undefined}
            className={cell}
          >
            <Icon aria-hidden className="size-5" />
            {title}
            {waiting && waiting.count > 0 ? (
              <span
                className={classNames(
                  'absolute top-1 left-1/2 ml-1.5 min-w-4 rounded-full px-1 text-center text-2xs font-semibold',
                  waiting.urgent ? 'bg-bad-strong text-on-bad' : 'bg-sunken text-ink-soft',
                )}
              >
                {waiting.count}
              </span>
            ) : null}
          </Link>
        )
      })}
      <Dialog
        title="Go to"
        side="left"
        open={open}
        onOpenChange={setOpen}
        trigger={
          <button type="button" className={cell}>
            <Menu aria-hidden className="size-5" />
            More
          </button>
        }
      >
        <div className="-mx-5 -my-4">
          <SideNavigation counts={counts} onGo={() => setOpen(false)} />
        </div>
      </Dialog>
    </div>
  )
}
