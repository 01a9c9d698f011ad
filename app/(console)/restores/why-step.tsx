'use client'

import { useState } from 'react'
import { Field, Select, Textarea } from '#components/ui/field.tsx'
import type { StepProps } from './flow-screen.tsx'
import { StepFrame } from './step-frame.tsx'

const leastReason = 8

/** Why anything is restored at all, and what it belongs to. */
export function WhyStep({ data, pending, refusal, back, save }: StepProps) {
  const { draft, incidents } = data
  const [reason, setReason] = useState(draft?.reason ?? '')
  const [incidentId, setIncidentId] = useState(data.incidentId)
  return (
    <StepFrame
      title="Why is something restored?"
      about="The second person reads it before they approve, and it stays in the record."
      back={back}
      next="What was lost"
      pending={pending}
      disabled={reason.trim().length < leastReason}
      refusal={refusal}
      onNext={() => save({}, { next: 'lost', reason, incidentId })}
    >
      <Field label="Why" hint={`At least a sentence: what happened, and what has to be back.`}>
        <Textarea
          name="reason"
          value={reason}
          onChange={({ target }) => setReason(target.value)}
          required
          minLength={leastReason}
          maxLength={2000}
          rows={4}
          autoFocus
        />
      </Field>
      <Field
        label="Incident"
        hint="What is restored for an incident stands on its timeline and in its postmortem."
      >
        <Select value={incidentId ?? ''} onChange={({ target }) => setIncidentId(target.value || null)}>
          <option value="">No incident</option>
          {incidents.map(({ id, number, title }) => (
            <option key={id} value={id}>
              #{number} {title}
            </option>
          ))}
        </Select>
      </Field>
    </StepFrame>
  )
}
