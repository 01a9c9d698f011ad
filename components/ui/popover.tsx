'use client'

import { Slot } from 'radix-ui'
import { type ComponentProps, useState } from 'react'
import { onDemand } from '#components/ui/on-demand.ts'
import type { PopoverSurface } from '#components/ui/popover-surface.tsx'

const surface = onDemand(() => import('./popover-surface.tsx'))

/** A small surface under a button, for what is looked at and left. What draws it is loaded when somebody reaches for it. */
export function Popover(props: Omit<ComponentProps<typeof PopoverSurface>, 'open' | 'onOpenChange'>) {
  const [open, setOpen] = useState(false)
  const [wasOpened, setWasOpened] = useState(false)
  const parts = surface.useWhen(open, () => setOpen(false))
  if (open && !wasOpened) setWasOpened(true)
  if (parts && wasOpened) return <parts.PopoverSurface {...props} open={open} onOpenChange={setOpen} />
  return (
    <Slot.Root
      aria-haspopup="dialog"
      aria-expanded={open}
      onPointerEnter={surface.preload}
      onFocus={surface.preload}
      onClick={() => setOpen(true)}
    >
      {props.trigger}
    </Slot.Root>
  )
}
