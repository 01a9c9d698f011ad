'use client'

import { useState } from 'react'
import { Field, Select } from '#components/ui/field.tsx'
import { formatCount } from '#lib/format/format-count.ts'
import type { FoundMembership } from './locked-out-panel.tsx'

/** An organisation and a role that exist, the least privilege first; what owns an organisation comes last, with a warning. */
export function GrantChoice({ choices }: Pick<FoundMembership, 'choices'>) {
  const { organizations, roles } = choices
  const [role, setRole] = useState(roles[0]?.role ?? '')
  const owns = roles.find((one) => one.role === role)?.owns ?? false
  return (
    <div className="grid gap-3 sm:grid-cols-2">
      <Field label="Organisation" hint="Where they belong">
        <Select name="organization" defaultValue="">
          <option value="">Choose one</option>
          {organizations.map(({ key, label, members }) => (
            <option key={key} value={key}>
              {label ?? key} ({formatCount(members)})
            </option>
          ))}
        </Select>
      </Field>
      {roles.length > 0 ? (
        <Field
          label="Role"
          hint="The least that is needed; more can be given later"
          error={owns ? 'This owns the organisation. Give it only where nobody else can.' : undefined}
        >
          <Select name="role" value={role} onChange={(event) => setRole(event.target.value)}>
            {roles.map(({ role: name, holders, owns: isOwner }) => (
              <option key={name} value={name}>
                {name} ({formatCount(holders)}){isOwner ? ' – owns it' : ''}
              </option>
            ))}
          </Select>
        </Field>
      ) : null}
    </div>
  )
}
