'use client'

import { Check } from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import type { ComponentProps, ReactNode } from 'react'
import { classNames } from '#components/ui/class-names.ts'

/** The menu itself, with its button: 25 kB that are loaded with the first one that opens. */
export function MenuSurface({
  trigger,
  children,
  align = 'start',
  open,
  onOpenChange,
}: {
  trigger: ReactNode
  children: ReactNode
  align?: 'start' | 'end'
  open: boolean
  onOpenChange(open: boolean): void
}) {
  return (
    <DropdownMenu.Root open={open} onOpenChange={onOpenChange} modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align={align}
          sideOffset={6}
          collisionPadding={8}
          className="z-50 max-h-[70dvh] min-w-52 overflow-y-auto rounded-lg border border-line-strong bg-raised p-1 text-sm text-ink shadow-high data-[state=open]:animate-in data-[state=open]:fade-in-0"
        >
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  )
}

const item =
  'flex min-h-8 cursor-pointer items-center gap-2 rounded px-2 py-1 outline-none select-none data-[highlighted]:bg-accent-tint [&_svg]:size-4 [&_svg]:text-ink-faint'

export function MenuItem({ className, ...rest }: ComponentProps<typeof DropdownMenu.Item>) {
  return <DropdownMenu.Item className={classNames(item, className)} {...rest} />
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return <DropdownMenu.Label className="px-2 py-1 text-xs text-ink-faint">{children}</DropdownMenu.Label>
}

export const MenuLine = () => <DropdownMenu.Separator className="-mx-1 my-1 h-px bg-line" />

/** One of several, the chosen one with a check. */
export function MenuChoice({
  value,
  onChange,
  choices,
}: {
  value: string
  onChange(value: string): void
  choices: { value: string; label: ReactNode }[]
}) {
  return (
    <DropdownMenu.RadioGroup value={value} onValueChange={onChange}>
      {choices.map((choice) => (
        <DropdownMenu.RadioItem key={choice.value} value={choice.value} className={item}>
          <span className="mr-auto flex items-center gap-2">{choice.label}</span>
          <DropdownMenu.ItemIndicator>
            <Check aria-hidden className="!text-accent" />
          </DropdownMenu.ItemIndicator>
        </DropdownMenu.RadioItem>
      ))}
    </DropdownMenu.RadioGroup>
  )
}
