'use client'

import { useState } from 'react'
import { useAction } from '#app/_web/use-action.ts'
import { Button } from '#components/ui/button.tsx'
import { Textarea } from '#components/ui/field.tsx'
import { Refusal } from '#components/ui/refusal.tsx'
import { noteIncidentAction } from '../actions.ts'

/** A note stays as it was written; a correction stands beside it. */
export function CorrectNote({ incidentId, noteId }: { incidentId: string; noteId: string }) {
  const [asks, setAsks] = useState(false)
  const noting = useAction(noteIncidentAction, { quiet: true, onDone: () => setAsks(false) })
  if (!asks) {
    return (
      <Button variant="link" size="small" data-no-print onClick={() => setAsks(true)}>
        Correct
      </Button>
    )
  }
  return (
    <form
      className="mt-1 grid w-full gap-2"
      onSubmit={(event) => {
        event.preventDefault()
        const body = String(new FormData(event.currentTarget).get('body') ?? '')
        void noting.run({ incidentId, body, correctsId: noteId })
      }}
    >
      <Textarea name="body" rows={2} required maxLength={5000} aria-label="What is right instead" />
      <Refusal of={noting.refusal} />
      <span className="flex justify-end gap-2">
        <Button variant="ghost" onClick={() => setAsks(false)}>
          Cancel
        </Button>
        <Button type="submit" pending={noting.pending}>
          Add the correction
        </Button>
      </span>
    </form>
  )
}
