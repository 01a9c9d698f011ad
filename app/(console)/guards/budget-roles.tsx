'use client'

import { Plus, X } from 'lucide-react'
import { useState } from 'react'
import { Button } from '#components/ui/button.tsx'
import { Field, Input } from '#components/ui/field.tsx'
import type { Budget } from '#lib/targets/policy.ts'
import { BudgetLimits } from './budget-limits.tsx'

/** Budgets of single roles: narrower for a script, wider for a nightly purge, as a standing allowance with a ceiling. */
export function BudgetRoles({
  roles,
  inherited,
  onChange,
}: {
  roles: Record<string, Budget>
  inherited: Budget
  onChange(roles: Record<string, Budget>): void
}) {
  const [name, setName] = useState('')
  const added = name.trim()
  const add = () => {
    if (!added || added in roles) return
    onChange({ ...roles, [added]: {} })
    setName('')
  }
  return (
    <div className="grid gap-3">
      {Object.entries(roles).map(([role, budget]) => (
        <div key={role} className="relative rounded-md border border-line p-3">
          <BudgetLimits
            legend={`Role ${role}, instead of the table's budget`}
            budget={budget}
            inherited={inherited}
            onChange={(changed) => onChange({ ...roles, [role]: changed })}
          />
          <Button
            variant="ghost"
            size="icon"
            className="absolute top-0.5 right-0.5"
            aria-label={`Take the budget of ${role} away`}
            onClick={() => {
              const { [role]: _, ...others } = roles
              onChange(others)
            }}
          >
            <X />
          </Button>
        </div>
      ))}
      <div className="flex items-end gap-2">
        <Field
          label="A role with a budget of its own"
          hint="A nightly purge may get more, a script less."
          className="flex-1"
        >
          <Input
            value={name}
            onChange={(event) => setName(event.target.value)}
            onKeyDown={(event) => {
              if (event.key !== 'Enter') return
              event.preventDefault()
              add()
            }}
            placeholder="the role's name in the database"
            autoCapitalize="none"
            autoComplete="off"
            spellCheck={false}
            maxLength={63}
          />
        </Field>
        <Button className="mb-5" disabled={!added || added in roles} onClick={add}>
          <Plus /> Add
        </Button>
      </div>
    </div>
  )
}
