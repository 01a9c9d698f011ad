'use client'

import { Slot } from 'radix-ui'
import { type ComponentProps, type ComponentType, type ReactNode, useState } from 'react'
import type * as Surface from '#components/ui/menu-surface.tsx'
import { onDemand } from '#components/ui/on-demand.ts'

const surface = onDemand(() => import('./menu-surface.tsx'))

/** A menu under a button. What draws it is loaded when somebody reaches for it. */
export function Menu({
  trigger,
  children,
  align,
  open: given,
  onOpenChange,
}: {
  trigger: ReactNode
  children: ReactNode
  align?: 'start' | 'end'
  open?: boolean
  onOpenChange?(open: boolean): void
}) {
  const [own, setOwn] = useState(false)
  const [wasOpened, setWasOpened] = useState(false)
  const open = given ?? own
  if (open && !wasOpened) setWasOpened(true)
  const change = (next: boolean) => {
    setOwn(next)
    onOpenChange?.(next)
  }
  const parts = surface.useWhen(open, () => change(false))
  if (parts && wasOpened) {
    return (
      <parts.MenuSurface trigger={trigger} align={align} open={open} onOpenChange={change}>
        {children}
      </parts.MenuSurface>
    )
  }
  return (
    <Slot.Root
      aria-haspopup="menu"
      aria-expanded={open}
      onPointerEnter={surface.preload}
      onFocus={surface.preload}
      onClick={() => change(true)}
      onKeyDown={(event) => {
        if (event.key !== 'ArrowDown') return
        event.preventDefault()
        change(true)
      }}
    >
      {trigger}
    </Slot.Root>
  )
}

type PartName = 'MenuItem' | 'MenuLabel' | 'MenuLine' | 'MenuChoice'
type PartProps<Name extends PartName> = ComponentProps<(typeof Surface)[Name]>

/** Parts of a menu are drawn in an open one only, which has loaded them. */
function draw(name: PartName, props: object): ReactNode {
  const Loaded = surface.get()?.[name] as ComponentType<object> | undefined
  return Loaded ? <Loaded {...props} /> : null
}

export const MenuItem = (props: PartProps<'MenuItem'>) => draw('MenuItem', props)
export const MenuLabel = (props: PartProps<'MenuLabel'>) => draw('MenuLabel', props)
export const MenuLine = () => draw('MenuLine', {})
/** One of several, the chosen one with a check. */
export const MenuChoice = (props: PartProps<'MenuChoice'>) => draw('MenuChoice', props)
