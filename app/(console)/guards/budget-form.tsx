'use client'

import { Field, Input, Select } from '#components/ui/field.tsx'
import type { ProtectedTable } from '#lib/guards/change-protection.ts'
import type { Budget } from '#lib/targets/policy.ts'
import { BudgetLimits } from './budget-limits.tsx'
import { BudgetRoles } from './budget-roles.tsx'

/** Everything that the policy says about one table's budgets. */
export function BudgetForm({
  entry,
  general,
  onChange,
}: {
  entry: ProtectedTable
  /** The policy's budget of all tables. */
  general: Budget
  onChange(entry: ProtectedTable): void
}) {
  const ofTable = { windowMinutes: 60, ...general, ...entry.budget }
  const columns = entry.updates?.columns ?? []
  return (
    <>
      <div className="grid gap-3 sm:grid-cols-2">
        <Field label="What goes over a budget is">
          <Select
            value={entry.mode}
            onChange={({ target }) => onChange({ ...entry, mode: target.value as ProtectedTable['mode'] })}
          >
            <option value="refuse">refused</option>
            <option value="warn">let through with a warning</option>
          </Select>
        </Field>
        <Field label="The journal keeps">
          <Select
            value={entry.journal}
            onChange={({ target }) =>
              onChange({ ...entry, journal: target.value as ProtectedTable['journal'] })
            }
          >
            <option value="deleted">deleted rows</option>
            <option value="overwritten">deleted and overwritten rows</option>
            <option value="none">nothing: counts only, no undo</option>
          </Select>
        </Field>
      </div>
      <BudgetLimits
        legend="Deletes"
        budget={entry.budget ?? {}}
        inherited={{ windowMinutes: 60, ...general }}
        onChange={(budget) => onChange({ ...entry, budget })}
      />
      <Field
        label="Updates of these columns count too"
        hint="Names with commas between them, such as is_active, organization_id. Empty: updates are not counted."
      >
        <Input
          value={columns.join(',')}
          onChange={({ target }) => {
            const { updates, ...others } = entry
            onChange(
              target.value === ''
                ? others
                : { ...others, updates: { ...updates, columns: target.value.split(',') } },
            )
          }}
          autoCapitalize="none"
          autoComplete="off"
          spellCheck={false}
        />
      </Field>
      {entry.updates ? (
        <BudgetLimits
          legend="Updates"
          budget={entry.updates.budget ?? {}}
          inherited={ofTable}
          onChange={(budget) => onChange({ ...entry, updates: { columns, budget } })}
        />
      ) : null}
      <BudgetRoles
        roles={entry.roles}
        inherited={ofTable}
        onChange={(roles) => onChange({ ...entry, roles })}
      />
    </>
  )
}
