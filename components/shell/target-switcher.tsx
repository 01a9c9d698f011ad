'use client'

import { usePathname, useRouter } from 'next/navigation'
import { environmentFill } from '#components/shell/environment.ts'
import { TargetButton } from '#components/shell/menu-buttons.tsx'
import { hrefFor, placeOf } from '#components/shell/navigation.ts'
import { useShell } from '#components/shell/shell-context.tsx'
import { classNames } from '#components/ui/class-names.ts'
import { Menu, MenuChoice, MenuLabel } from '#components/ui/menu.tsx'

/** Which database the page is about, in the colour of its environment, and the way to another. */
export function TargetSwitcher({ open, onOpenChange }: { open: boolean; onOpenChange(open: boolean): void }) {
  const { targets, target } = useShell()
  const router = useRouter()
  const pathname = usePathname()
  if (!target) return <TargetButton />
  return (
    <Menu open={open} onOpenChange={onOpenChange} trigger={<TargetButton />}>
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
                  {each.kind === 'control' ? 'Holdfast’s own database' : each.environment} ·{' '}
                  {each.databaseName} at {each.host}
                </span>
              </span>
            </>
          ),
        }))}
      />
    </Menu>
  )
}
