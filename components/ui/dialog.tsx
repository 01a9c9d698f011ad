'use client'

import { Slot } from 'radix-ui'
import { type ReactNode, useRef, useState } from 'react'
import type { DialogSurfaceProps } from '#components/ui/dialog-surface.tsx'
import { onDemand } from '#components/ui/on-demand.ts'

const surface = onDemand(() => import('./dialog-surface.tsx'))

/**
 * A dialog with its title, and a sentence about what it does. `side="right"` is a sheet.
 * Controlled with `open`/`onOpenChange`, or opened by `trigger`. What draws it is loaded when somebody reaches for it.
 */
export function Dialog({
  trigger,
  open: given,
  onOpenChange,
  ...rest
}: Omit<DialogSurfaceProps, 'open' | 'onOpenChange' | 'trigger'> & {
  trigger?: ReactNode
  open?: boolean
  onOpenChange?(open: boolean): void
}) {
  const [own, setOwn] = useState(false)
  const place = useRef<HTMLElement>(null)
  const open = given ?? own
  const change = (next: boolean) => {
    setOwn(next)
    onOpenChange?.(next)
  }
  const parts = surface.useWhen(open, () => change(false))
  return (
    <>
      {trigger ? (
        <Slot.Root
          ref={place}
          aria-haspopup="dialog"
          aria-expanded={open}
          onPointerEnter={surface.preload}
          onFocus={surface.preload}
          onClick={(event) => event.defaultPrevented || change(true)}
        >
          {trigger}
        </Slot.Root>
      ) : null}
      {parts ? <parts.DialogSurface {...rest} open={open} onOpenChange={change} trigger={place} /> : null}
    </>
  )
}
