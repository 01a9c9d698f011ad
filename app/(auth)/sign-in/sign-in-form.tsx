'use client'

import { signIn } from 'next-auth/react'
import { type FormEvent, useState } from 'react'
import { Button } from '#components/ui/button.tsx'
import { Card } from '#components/ui/card.tsx'
import { Field, Input } from '#components/ui/field.tsx'
import { Refusal } from '#components/ui/refusal.tsx'

interface Refused {
  reason: string
  hint: string | null
}

const unreachable: Refused = { reason: 'The server did not answer.', hint: 'Try again in a moment.' }

function parseRefusal(text: string): Refused {
  try {
    const { reason, hint } = JSON.parse(text) as Refused
    return { reason, hint }
  } catch {
    return { reason: 'Signing in failed.', hint: 'Try again.' }
  }
}

export function SignInForm({ next, notice, email }: { next: string; notice: string | null; email: string }) {
  const [pending, setPending] = useState(false)
  const [refused, setRefused] = useState<Refused | null>(null)

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    setPending(true)
    setRefused(null)
    try {
      const answer = await signIn('credentials', {
        redirect: false,
        email: form.get('email'),
        password: form.get('password'),
      })
      if (answer?.ok && !answer.error) {
        window.location.assign(next)
        return
      }
      setRefused(answer?.error ? parseRefusal(answer.error) : unreachable)
    } catch {
      setRefused(unreachable)
    }
    setPending(false)
  }

  return (
    <Card className="p-5">
      <h1 className="mb-3 text-lg">Sign in</h1>
      {notice && !refused ? (
        <p className="mb-3 rounded-md border border-line bg-sunken px-3 py-2 text-sm text-ink-soft">
          {notice}
        </p>
      ) : null}
      <Refusal of={refused} className="mb-3" />
      <form onSubmit={submit} method="post" className="grid gap-3">
        <Field label="E-mail">
          <Input name="email" type="email" autoComplete="username" required defaultValue={email} autoFocus />
        </Field>
        <Field label="Password">
          <Input name="password" type="password" autoComplete="current-password" required />
        </Field>
        <Button type="submit" variant="primary" size="large" pending={pending}>
          Sign in
        </Button>
      </form>
      <p className="mt-3 text-xs text-ink-faint">
        No password any more? An admin can send you a one-time link, or make one on the host:{' '}
        <code className="font-mono">holdfast users reset-password EMAIL</code>
      </p>
    </Card>
  )
}
