'use client'

import { type FormEvent, type ReactNode, useState } from 'react'
import { useAction } from '#app/_web/use-action.ts'
import { Button, type ButtonProps } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Field, Input } from '#components/ui/field.tsx'
import { Refusal } from '#components/ui/refusal.tsx'
import type { Outcome } from '#lib/errors.ts'

type ServerAction<T> = (input: unknown) => Promise<Outcome<T>>

/**
 * A button for an act that needs proof that its owner is at the session: it asks for the password, proves it for
 * exactly `boundTo`, and then acts. With `typedName` the person types that name first.
 */
export function StepUpButton<T>({
  label,
  title,
  about,
  boundTo,
  prove,
  act,
  input,
  typedName,
  done,
  onDone,
  variant = 'primary',
  size = 'medium',
  className,
  children,
}: {
  label: string
  title: string
  about?: ReactNode
  boundTo: string
  prove: ServerAction<{ boundTo: string }>
  act: ServerAction<T>
  input: Record<string, unknown>
  /** What has to be typed, and the field of the input it is sent as. */
  typedName?: { value: string; field: string; label: string } | undefined
  done?: string
  onDone?: ((value: T) => void) | undefined
  variant?: ButtonProps['variant']
  size?: ButtonProps['size']
  className?: string
  /** What the person should have before their eyes while they decide. */
  children?: ReactNode
}) {
  const [open, setOpen] = useState(false)
  const [password, setPassword] = useState('')
  const [typed, setTyped] = useState('')
  const proving = useAction(prove, { quiet: true })
  const acting = useAction(act, { quiet: true, ...(done ? { done } : {}), ...(onDone ? { onDone } : {}) })
  const pending = proving.pending || acting.pending
  const named = !typedName || typed.trim() === typedName.value
  const danger = variant === 'danger' || variant === 'danger-outline'

  const change = (next: boolean) => {
    if (pending) return
    setOpen(next)
    setPassword('')
    setTyped('')
    proving.clear()
    acting.clear()
  }

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (pending || !named) return
    acting.clear()
    const proof = await proving.run({ password, boundTo })
    setPassword('')
    if (!proof?.ok) return
    const outcome = await acting.run({ ...input, ...(typedName ? { [typedName.field]: typed.trim() } : {}) })
    if (outcome?.ok) change(false)
  }

  return (
    <>
      <Button variant={variant} size={size} className={className} onClick={() => change(true)}>
        {label}
      </Button>
      <Dialog open={open} onOpenChange={change} title={title} about={about} danger={danger}>
        <form onSubmit={submit} className="grid gap-3">
          {children}
          {typedName ? (
            <Field
              label={typedName.label}
              hint={
                <>
                  Type <strong className="font-mono text-ink">{typedName.value}</strong> to go on.
                </>
              }
            >
              <Input
                value={typed}
                onChange={(event) => setTyped(event.target.value)}
                autoCapitalize="none"
                autoComplete="off"
                autoCorrect="off"
                spellCheck={false}
                autoFocus
              />
            </Field>
          ) : null}
          <Field label="Your password" hint="Confirms that it is you, for this one act, for five minutes.">
            <Input
              type="password"
              name="password"
              autoComplete="current-password"
              value={password}
              onChange={(event) => setPassword(event.target.value)}
              autoFocus={!typedName}
              required
            />
          </Field>
          <Refusal of={proving.refusal ?? acting.refusal} />
          <div className="flex flex-row-reverse gap-2 max-sm:flex-col sm:justify-start">
            <Button
              type="submit"
              variant={variant}
              size={size === 'large' ? 'large' : 'medium'}
              pending={pending}
              disabled={!named || password.length === 0}
            >
              {label}
            </Button>
            <Button size={size === 'large' ? 'large' : 'medium'} onClick={() => change(false)}>
              Do nothing
            </Button>
          </div>
        </form>
      </Dialog>
    </>
  )
}
