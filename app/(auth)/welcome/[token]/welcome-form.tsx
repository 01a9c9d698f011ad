'use client'

import { type FormEvent, useState } from 'react'
import { useAction } from '#app/_web/use-action.ts'
import { useLinkAction as setPasswordAction } from '#app/(auth)/welcome/[token]/actions.ts'
import { Button } from '#components/ui/button.tsx'
import { Card } from '#components/ui/card.tsx'
import { Field, Input } from '#components/ui/field.tsx'
import { Refusal } from '#components/ui/refusal.tsx'

export function WelcomeForm({
  token,
  email,
  name,
  choosesEmail,
}: {
  token: string
  email: string
  name: string
  choosesEmail: boolean
}) {
  const [mismatch, setMismatch] = useState(false)
  const { run, pending, refusal } = useAction(setPasswordAction, {
    quiet: true,
    onDone: (done) => window.location.assign(`/sign-in?welcome=1&email=${encodeURIComponent(done.email)}`),
  })

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const password = String(form.get('password'))
    const differs = password !== form.get('again')
    setMismatch(differs)
    if (differs) return
    void run({
      token,
      password,
      ...(choosesEmail ? { email: form.get('email'), name: form.get('name') || undefined } : {}),
    })
  }

  return (
    <Card className="p-5">
      <h1 className="mb-1 text-lg">Welcome{choosesEmail ? '' : `, ${name}`}</h1>
      <p className="mb-3 text-sm text-ink-soft">
        {choosesEmail
          ? 'You are the first admin of this console. Say who you are and choose a password.'
          : `Choose a password for ${email}. The link works once.`}
      </p>
      <Refusal of={refusal} className="mb-3" />
      <form onSubmit={submit} className="grid gap-3">
        {choosesEmail ? (
          <>
            <Field label="Your name">
              <Input name="name" autoComplete="name" maxLength={100} />
            </Field>
            <Field label="E-mail">
              <Input name="email" type="email" autoComplete="username" required />
            </Field>
          </>
        ) : (
          <input type="hidden" name="username" autoComplete="username" value={email} readOnly />
        )}
        <Field label="Password" hint="At least 12 characters; a sentence is good.">
          <Input name="password" type="password" autoComplete="new-password" required minLength={12} />
        </Field>
        <Field label="Again" error={mismatch ? 'The two are not the same.' : null}>
          <Input name="again" type="password" autoComplete="new-password" required />
        </Field>
        <Button type="submit" variant="primary" size="large" pending={pending}>
          Set the password
        </Button>
      </form>
    </Card>
  )
}
