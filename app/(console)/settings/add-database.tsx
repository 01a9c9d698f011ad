'use client'

import { useState } from 'react'
import { StepUpButton } from '#components/operations/step-up-button.tsx'
import { Field, Input, Select } from '#components/ui/field.tsx'
import { proveStepUpAction, requestTargetAction } from './actions.ts'

const empty = { name: '', url: '', environment: 'production' }

/** Asks for name and URL; the URL is sealed to the worker's key on the server and never shown again. */
export function AddDatabase() {
  const [asked, setAsked] = useState(empty)
  const name = asked.name.trim()
  return (
    <StepUpButton
      label="Add a database"
      title="Add a database"
      about="The worker connects, looks at the tables and proposes a policy. Nothing is stored when it cannot."
      boundTo={`targets:add:${name}`}
      prove={proveStepUpAction}
      act={requestTargetAction}
      input={{ ...asked, name, url: asked.url.trim() }}
      done="The worker is connecting"
      onDone={() => setAsked(empty)}
    >
      <Field label="Name" hint="Lower-case letters, digits and dashes.">
        <Input
          value={asked.name}
          onChange={(event) => setAsked({ ...asked, name: event.target.value })}
          pattern="[a-z][a-z0-9\-]*"
          autoCapitalize="none"
          autoComplete="off"
          spellCheck={false}
          required
        />
      </Field>
      <Field
        label="URL"
        hint="postgresql://user:password@host:5432/database. Sealed to the worker; only it can read it."
      >
        <Input
          type="password"
          value={asked.url}
          onChange={(event) => setAsked({ ...asked, url: event.target.value })}
          autoComplete="off"
          spellCheck={false}
          required
        />
      </Field>
      <Field label="Environment">
        <Select
          value={asked.environment}
          onChange={(event) => setAsked({ ...asked, environment: event.target.value })}
        >
          <option value="production">production</option>
          <option value="staging">staging</option>
          <option value="development">development</option>
        </Select>
      </Field>
    </StepUpButton>
  )
}
