'use client'

import { X } from 'lucide-react'
import { Dialog as Radix } from 'radix-ui'
import { type ReactNode, type RefObject, useRef } from 'react'
import { classNames } from '#components/ui/class-names.ts'

export interface DialogSurfaceProps {
  title: ReactNode
  about?: ReactNode
  open: boolean
  onOpenChange(open: boolean): void
  side?: 'middle' | 'right' | 'bottom' | 'left'
  danger?: boolean
  footer?: ReactNode
  children?: ReactNode
  className?: string
  /** Has the focus again when it closes; else whatever had it before. */
  trigger: RefObject<HTMLElement | null>
}

/** The open dialog itself: 20 kB that are loaded with the first one that opens. */
export function DialogSurface({
  title,
  about,
  open,
  onOpenChange,
  side = 'middle',
  danger = false,
  footer,
  children,
  className,
  trigger,
}: DialogSurfaceProps) {
  const before = useRef<Element | null>(null)
  const places = {
    middle:
      'top-1/2 left-1/2 max-h-[calc(100dvh-2rem)] w-[calc(100vw-2rem)] max-w-lg -translate-x-1/2 -translate-y-1/2 rounded-xl max-sm:top-auto max-sm:bottom-0 max-sm:left-0 max-sm:max-h-[92dvh] max-sm:w-full max-sm:max-w-none max-sm:translate-x-0 max-sm:translate-y-0 max-sm:rounded-b-none data-[state=open]:animate-in data-[state=open]:fade-in-0 data-[state=open]:zoom-in-95',
    right:
      'inset-y-0 right-0 h-dvh w-full max-w-md border-l data-[state=open]:animate-in data-[state=open]:slide-in-from-right',
    left: 'inset-y-0 left-0 h-dvh w-72 max-w-[85vw] border-r data-[state=open]:animate-in data-[state=open]:slide-in-from-left',
    bottom:
      'inset-x-0 bottom-0 max-h-[88dvh] rounded-t-xl border-t data-[state=open]:animate-in data-[state=open]:slide-in-from-bottom',
  }
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-50 bg-black/45 data-[state=open]:animate-in data-[state=open]:fade-in-0" />
        <Radix.Content
          {...(about ? {} : { 'aria-describedby': undefined })}
          onOpenAutoFocus={() => {
            before.current = document.activeElement
          }}
          onCloseAutoFocus={(event) => {
            event.preventDefault()
            const back = trigger.current ?? before.current
            if (back instanceof HTMLElement) back.focus()
          }}
          className={classNames(
            'fixed z-50 flex flex-col border border-line-strong bg-surface text-ink shadow-high duration-150',
            places[side],
            danger && 'border-t-4 border-t-bad-strong',
            className,
          )}
        >
          <header className="flex items-start gap-3 border-b border-line px-5 py-3 has-[+div:empty]:border-b-0">
            <div className="mr-auto min-w-0">
              <Radix.Title className="text-base font-semibold">{title}</Radix.Title>
              {about ? (
                <Radix.Description className="text-sm text-ink-soft">{about}</Radix.Description>
              ) : null}
            </div>
            <Radix.Close
              className="-mr-2 grid size-8 place-items-center rounded-md text-ink-faint hover:bg-sunken hover:text-ink"
              aria-label="Close"
            >
              <X className="size-4" />
            </Radix.Close>
          </header>
          <div className="min-h-0 flex-1 overflow-y-auto px-5 py-4 empty:hidden">{children}</div>
          {footer ? (
            <footer className="flex flex-wrap justify-end gap-2 border-t border-line px-5 py-3">
              {footer}
            </footer>
          ) : null}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
