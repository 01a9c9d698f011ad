'use client'

import { useState } from 'react'
import { StepUpButton } from '#components/operations/step-up-button.tsx'
import { Code } from '#components/ui/code.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Field, Input, Select } from '#components/ui/field.tsx'
import {
  addUserAction,
  changeUserRoleAction,
  disableUserAction,
  proveStepUpAction,
  resetPasswordAction,
} from './actions.ts'

const boundTo = (email: string) => `users:${email.trim().toLowerCase()}`

/** Shows a one-time link once: nobody can read it again, only make a new one. */
function LinkDialog({ path, email, onClose }: { path: string; email: string; onClose(): void }) {
  return (
    <Dialog
      open
      onOpenChange={(open) => open || onClose()}
      title={`The link for ${email}`}
      about="It sets the password, works once and for 24 hours, and is not shown again. Hand it over yourself."
    >
      <Code label="link">{`${window.location.origin}${path}`}</Code>
    </Dialog>
  )
}

function RoleSelect({ value, onChange }: { value: string; onChange(role: string): void }) {
  return (
    <Field label="Role" hint="A new approver waits 24 hours, unless vouched for on the host.">
      <Select value={value} onChange={(event) => onChange(event.target.value)}>
        <option value="viewer">viewer: reads</option>
        <option value="admin">admin: acts and approves</option>
        <option value="commander">commander: leads incidents, acts and approves</option>
      </Select>
    </Field>
  )
}

export function AddPerson() {
  const [email, setEmail] = useState('')
  const [role, setRole] = useState('viewer')
  const [link, setLink] = useState<{ path: string; email: string } | null>(null)
  return (
    <>
      <StepUpButton
        label="Add a person"
        title="Add a person"
        about="They get a link with which they set their password."
        boundTo={boundTo(email)}
        prove={proveStepUpAction}
        act={addUserAction}
        input={{ email, role }}
        onDone={(user) => {
          setLink({ path: `/welcome/${user.token}`, email: user.email })
          setEmail('')
        }}
      >
        <Field label="E-mail">
          <Input
            type="email"
            value={email}
            onChange={(event) => setEmail(event.target.value)}
            autoComplete="off"
            required
          />
        </Field>
        <RoleSelect value={role} onChange={setRole} />
      </StepUpButton>
      {link ? <LinkDialog {...link} onClose={() => setLink(null)} /> : null}
    </>
  )
}

/** What an admin can do about one person. Each act ends that person's sessions. */
export function PersonActs({ email, role }: { email: string; role: string }) {
  const [wanted, setWanted] = useState(role)
  const [link, setLink] = useState<{ path: string; email: string } | null>(null)
  const shared = { boundTo: boundTo(email), prove: proveStepUpAction, size: 'small' as const }
  return (
    <span className="inline-flex flex-wrap justify-end gap-1">
      <StepUpButton
        {...shared}
        variant="ghost"
        label="Role"
        title={`Another role for ${email}`}
        act={changeUserRoleAction}
        input={{ email, role: wanted }}
        done={`${email} has another role`}
      >
        <RoleSelect value={wanted} onChange={setWanted} />
      </StepUpButton>
      <StepUpButton
        {...shared}
        variant="ghost"
        label="New password"
        title={`A new password for ${email}`}
        about="The password in use stops working at once."
        act={resetPasswordAction}
        input={{ email }}
        onDone={(user) => setLink({ path: `/welcome/${user.token}`, email })}
      />
      <StepUpButton
        {...shared}
        variant="danger-outline"
        label="Disable"
        title={`End the access of ${email}`}
        about="What they did stays in the records."
        act={disableUserAction}
        input={{ email }}
        done={`${email} has no access any more`}
      />
      {link ? <LinkDialog {...link} onClose={() => setLink(null)} /> : null}
    </span>
  )
}
