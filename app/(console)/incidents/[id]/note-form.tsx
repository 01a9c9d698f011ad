'use client'

import { type FormEvent, useRef, useState } from 'react'
import { useAction } from '#app/_web/use-action.ts'
import { Button } from '#components/ui/button.tsx'
import { Field, Textarea } from '#components/ui/field.tsx'
import { InstantInput } from '#components/ui/instant-input.tsx'
import { Refusal } from '#components/ui/refusal.tsx'
import { noteIncidentAction } from '../actions.ts'

export function NoteForm({ incidentId }: { incidentId: string }) {
  const form = useRef<HTMLFormElement>(null)
  const [happenedAt, setHappenedAt] = useState<string | null>(null)
  const noting = useAction(noteIncidentAction, {
    quiet: true,
    onDone: () => {
      form.current?.reset()
      setHappenedAt(null)
    },
  })
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    void noting.run({
      incidentId,
      body: String(new FormData(event.currentTarget).get('body') ?? ''),
      ...(happenedAt ? { happenedAt } : {}),
    })
  }
  return (
    <form
      id="note"
      ref={form}
      onSubmit={submit}
      className="grid scroll-mt-20 gap-2 border-b border-line px-4 py-3"
      data-no-print
    >
      <Field label="Note">
        <Textarea
          name="body"
          rows={2}
          required
          maxLength={5000}
          placeholder="What you see, decide or tell others"
        />
      </Field>
      <Refusal of={noting.refusal} />
      <div className="flex flex-wrap items-end justify-between gap-2">
        <Field label="Happened (your time); empty: now" className="min-w-44">
          <InstantInput value={happenedAt} onChange={setHappenedAt} />
        </Field>
        <Button type="submit" pending={noting.pending}>
          Add note
        </Button>
      </div>
    </form>
  )
}
