'use client'

import dynamic from 'next/dynamic'
import Link from 'next/link'
import { useState } from 'react'
import { useAction } from '#app/_web/use-action.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Field, Textarea } from '#components/ui/field.tsx'
import { Refusal } from '#components/ui/refusal.tsx'
import type { ProtectedTable } from '#lib/guards/change-protection.ts'
import { requestProtectionChangeAction } from './actions.ts'
import type { GuardsData } from './guards-data.ts'

// What the open dialog alone shows.
const BudgetChangeProgress = dynamic(() =>
  import('./budget-change-progress.tsx').then((module) => module.BudgetChangeProgress),
)
const BudgetDryRun = dynamic(() => import('./budget-dry-run.tsx').then((module) => module.BudgetDryRun))
const BudgetForm = dynamic(() => import('./budget-form.tsx').then((module) => module.BudgetForm))

const withoutEmpty = (entry: ProtectedTable): ProtectedTable => {
  const { budget, updates, ...others } = entry
  const columns = updates?.columns.map((column) => column.trim()).filter(Boolean) ?? []
  return {
    ...others,
    ...(budget && Object.keys(budget).length > 0 ? { budget } : {}),
    ...(columns.length > 0 ? { updates: { ...updates, columns } } : {}),
  }
}

/** Changes one table's budgets; says before it is asked for what they would have refused lately. */
export function BudgetDialog({ data, table }: { data: GuardsData; table: string }) {
  const { policy, target } = data
  const current = policy.protectedTables.find((entry) => sameName(entry.table, table))
  const [open, setOpen] = useState(false)
  const [entry, setEntry] = useState<ProtectedTable | null>(null)
  const [version, setVersion] = useState(policy.version)
  const [reason, setReason] = useState('')
  const [asked, setAsked] = useState<{ jobRunId: string; operationId: string | null } | null>(null)
  const { run, pending, refusal, clear } = useAction(requestProtectionChangeAction, {
    quiet: true,
    onDone: setAsked,
  })
  if (!current) return null
  const edited = entry ?? current
  const change = (next: boolean) => {
    setOpen(next)
    if (!next) return
    // What is edited is the policy that was looked at; another one put in force meanwhile is told, not overwritten.
    setEntry(current)
    setVersion(policy.version)
    setReason('')
    setAsked(null)
    clear()
  }
  const sent = withoutEmpty(edited)
  const isChanged = JSON.stringify(sent) !== JSON.stringify(withoutEmpty(current))
  return (
    <Dialog
      open={open}
      onOpenChange={change}
      className="sm:max-w-2xl"
      title={`Budgets of ${table}`}
      about="Fields left empty take what stands in grey."
      trigger={
        <Button size="small" aria-label={`Change the budgets of ${table}`}>
          Change…
        </Button>
      }
      footer={
        asked ? (
          <Button onClick={() => setOpen(false)}>Close</Button>
        ) : (
          <>
            <Button onClick={() => setOpen(false)}>Cancel</Button>
            <Button
              variant="primary"
              pending={pending}
              disabled={!isChanged}
              onClick={() => run({ target: target.name, version, entry: sent, reason })}
            >
              Save
            </Button>
          </>
        )
      }
    >
      {asked?.operationId ? (
        <p className="text-sm">
          This protects less than before, so another person approves it:{' '}
          <Link href={`/operations/${asked.operationId}`} className="text-accent underline">
            look at the request
          </Link>
          . Until then nothing changes.
        </p>
      ) : asked ? (
        <BudgetChangeProgress jobRunId={asked.jobRunId} target={target.name} />
      ) : (
        <div className="grid gap-4">
          <BudgetForm entry={edited} general={policy.budget} onChange={setEntry} />
          <BudgetDryRun targetId={target.id} entry={sent} />
          <Field label="Why" hint="For the audit, at least 8 characters.">
            <Textarea rows={2} value={reason} onChange={(event) => setReason(event.target.value)} />
          </Field>
          <Refusal of={refusal} />
        </div>
      )}
    </Dialog>
  )
}

/** A policy may leave the schema `public` out. */
const sameName = (text: string, table: string): boolean => text === table || `public.${text}` === table
