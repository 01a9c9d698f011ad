'use client'

import { useAction } from '#app/_web/use-action.ts'
import { Field, Select } from '#components/ui/field.tsx'
import { assignIncidentAction } from '../actions.ts'
import type { IncidentData } from './incident-screen.tsx'

/** Who works on it, changed at once. */
export function AssignField({ data }: { data: IncidentData }) {
  const { incident, people } = data
  const assigning = useAction(assignIncidentAction)
  const current = people.find(({ email }) => email === incident.assignee)?.id ?? ''
  return (
    <Field label="Assigned to">
      <Select
        value={current}
        disabled={assigning.pending}
        onChange={({ target }) =>
          void assigning.run({ incidentId: incident.id, userId: target.value === '' ? null : target.value })
        }
      >
        <option value="">{incident.assignee && current === '' ? incident.assignee : 'Nobody'}</option>
        {people.map(({ id, email }) => (
          <option key={id} value={id}>
            {email}
          </option>
        ))}
      </Select>
    </Field>
  )
}
