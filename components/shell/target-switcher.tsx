'use client'

import { ChevronDown } from 'lucide-react'
import { usePathname, useRouter } from 'next/navigation'
import { environmentFill } from '#components/shell/environment.ts'
import { hrefFor, placeOf } from '#components/shell/navigation.ts'
import { useShell } from '#components/shell/shell-context.tsx'
import { classNames } from '#components/ui/class-names.ts'
import { Menu, MenuChoice, MenuLabel } from '#components/ui/menu.tsx'

/** Which database the page is about, in the colour of its environment, and the way to another. */
export function TargetSwitcher({ open, onOpenChange }: { open: boolean; onOpenChange(open: boolean): void }) {
  const { targets, target } = useShell()
  const router = useRouter()
  const pathname = usePathname()
  if (!target) {
    return <span className="truncate text-sm text-ink-faint">No target yet</span>
  }
  return (
    <Menu
      open={open}
      onOpenChange={onOpenChange}
      trigger={
        <button
          type="button"
          aria-label={`Target ${target.name}, ${target.environment}. Switch target`}
          className="flex h-8 min-w-0 items-center overflow-hidden rounded-md border border-line-strong text-left hover:bg-raised"
        >
          <span
            className={classNames(
              'flex h-full items-center px-2 text-2xs font-bold tracking-wide text-white uppercase',
              environmentFill(target.environment),
            )}
          >
            <span className="max-sm:hidden">{target.environment}</span>
            <span className="sm:hidden">{target.environment.slice(0, 4)}</span>
          </span>
          <span className="truncate px-2 text-sm font-medium">{target.name}</span>
          <ChevronDown aria-hidden className="mr-2 size-3.5 shrink-0 text-ink-faint" />
        </button>
      }
    >
      <MenuLabel>Databases under protection</MenuLabel>
      <MenuChoice
        value={target.name}
        onChange={(name) => router.push(hrefFor(placeOf(pathname)?.href ?? '/', name))}
        choices={targets.map((each) => ({
          value: each.name,
          label: (
            <>
              <span
                aria-hidden
                className={classNames('size-2.5 shrink-0 rounded-sm', environmentFill(each.environment))}
              />
              <span>
                <span className="block font-medium">{each.name}</span>
                <span className="block text-xs text-ink-faint">
                  {each.environment} · {each.databaseName} at {each.host}
                </span>
              </span>
            </>
          ),
        }))}
      />
    </Menu>
  )
}
