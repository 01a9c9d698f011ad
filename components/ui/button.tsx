import { cva, type VariantProps } from 'class-variance-authority'
import { Slot } from 'radix-ui'
import type { ComponentProps } from 'react'
import { classNames } from '#components/ui/class-names.ts'

const variants = cva(
  'inline-flex items-center justify-center gap-1.5 rounded-md font-medium whitespace-nowrap select-none transition-colors disabled:opacity-50 disabled:pointer-events-none aria-disabled:opacity-50 aria-disabled:pointer-events-none [&_svg]:size-3.5 [&_svg]:shrink-0',
  {
    variants: {
      variant: {
        primary: 'bg-accent text-on-accent hover:bg-accent-strong',
        secondary: 'border border-line-strong bg-surface text-ink hover:bg-raised',
        ghost: 'text-ink-soft hover:bg-sunken hover:text-ink',
        /** Destroys or overwrites: never beside a harmless button without distance. */
        danger:
          'bg-bad-strong text-on-bad border border-transparent hover:brightness-110 ring-1 ring-inset ring-black/20 font-semibold',
        'danger-outline': 'border border-bad text-bad bg-surface hover:bg-bad-tint',
        link: 'text-accent hover:underline underline-offset-2 px-0 h-auto',
      },
      size: {
        small: 'h-7 px-2 text-xs',
        medium: 'h-8 px-3 text-sm',
        /** At least 44 px: for a thumb at 3 a.m. */
        large: 'h-11 px-4 text-base',
        icon: 'size-8',
      },
    },
    defaultVariants: { variant: 'secondary', size: 'medium' },
  },
)

export interface ButtonProps extends ComponentProps<'button'>, VariantProps<typeof variants> {
  /** Renders the child (a link) with the button's look. */
  asChild?: boolean
  /** Shows that it works, and cannot be pressed again. */
  pending?: boolean
}

export function Button({
  className,
  variant,
  size,
  asChild,
  pending,
  disabled,
  type,
  children,
  ...rest
}: ButtonProps) {
  const classes = classNames(variants({ variant, size }), className)
  if (asChild) {
    return (
      <Slot.Root className={classes} {...rest}>
        {children}
      </Slot.Root>
    )
  }
  return (
    <button
      type={type ?? 'button'}
      className={classes}
      disabled={disabled || pending}
      aria-busy={pending || undefined}
      {...rest}
    >
      {pending ? (
        <span
          aria-hidden
          className="size-3.5 animate-spin rounded-full border-2 border-current border-r-transparent"
        />
      ) : null}
      {children}
    </button>
  )
}
