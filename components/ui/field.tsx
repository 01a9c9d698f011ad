'use client'

import { type ComponentProps, createContext, type ReactNode, useContext, useId } from 'react'
import { classNames } from '#components/ui/class-names.ts'

interface FieldState {
  id: string
  describedBy: string | undefined
  invalid: boolean
}

const FieldContext = createContext<FieldState | null>(null)

/** A label, one control, a hint and an error, tied together for people who do not see them. */
export function Field({
  label,
  hint,
  error,
  className,
  children,
}: {
  label: ReactNode
  hint?: ReactNode
  error?: ReactNode
  className?: string
  children: ReactNode
}) {
  const id = useId()
  const describedBy = [hint ? `${id}-hint` : '', error ? `${id}-error` : ''].filter(Boolean).join(' ')
  return (
    <FieldContext value={{ id, describedBy: describedBy || undefined, invalid: Boolean(error) }}>
      <div className={classNames('grid gap-1', className)}>
        <label htmlFor={id} className="text-xs font-medium text-ink-soft">
          {label}
        </label>
        {children}
        {hint ? (
          <p id={`${id}-hint`} className="text-xs text-ink-faint">
            {hint}
          </p>
        ) : null}
        {error ? (
          <p id={`${id}-error`} className="text-xs text-bad">
            {error}
          </p>
        ) : null}
      </div>
    </FieldContext>
  )
}

function useFieldProps(id?: string) {
  const field = useContext(FieldContext)
  return {
    id: id ?? field?.id,
    'aria-describedby': field?.describedBy,
    'aria-invalid': field?.invalid || undefined,
  }
}

const control =
  'w-full min-w-0 rounded-md border border-line-strong bg-surface px-2.5 text-sm text-ink placeholder:text-ink-faint disabled:opacity-60 aria-invalid:border-bad max-sm:text-base'

export function Input({ className, id, ...rest }: ComponentProps<'input'>) {
  return (
    <input {...useFieldProps(id)} className={classNames(control, 'h-8 max-sm:h-10', className)} {...rest} />
  )
}

export function Textarea({ className, id, rows = 3, ...rest }: ComponentProps<'textarea'>) {
  return (
    <textarea
      rows={rows}
      {...useFieldProps(id)}
      className={classNames(control, 'py-1.5', className)}
      {...rest}
    />
  )
}

/** The platform's own list: best on a phone and with a keyboard. */
export function Select({ className, id, children, ...rest }: ComponentProps<'select'>) {
  return (
    <select
      {...useFieldProps(id)}
      className={classNames(control, 'h-8 pr-7 max-sm:h-10', className)}
      {...rest}
    >
      {children}
    </select>
  )
}

export function Checkbox({
  label,
  hint,
  className,
  ...rest
}: Omit<ComponentProps<'input'>, 'type'> & { label: ReactNode; hint?: ReactNode }) {
  const id = useId()
  return (
    <div className={classNames('flex items-start gap-2', className)}>
      <input
        type="checkbox"
        id={id}
        aria-describedby={hint ? `${id}-hint` : undefined}
        className="mt-0.5 size-4 shrink-0 accent-(--accent)"
        {...rest}
      />
      <div>
        <label htmlFor={id} className="text-sm">
          {label}
        </label>
        {hint ? (
          <p id={`${id}-hint`} className="text-xs text-ink-faint">
            {hint}
          </p>
        ) : null}
      </div>
    </div>
  )
}
