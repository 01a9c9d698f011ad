'use client'

import { useRouter } from 'next/navigation'
import { type FormEvent, useState } from 'react'
import { useAction } from '#app/_web/use-action.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Field, Input, Select, Textarea } from '#components/ui/field.tsx'
import { Refusal } from '#components/ui/refusal.tsx'
import { requestPermitAction } from './permits-actions.ts'
import type { PermitsData } from './permits-section.tsx'

const textOf = (form: FormData, name: string): string => String(form.get(name) ?? '').trim()

/** Asks for a permit; leads to its plan, which another person approves where that is needed. */
export function PermitsRequest({ data }: { data: PermitsData }) {
  const [open, setOpen] = useState(false)
  const router = useRouter()
  const request = useAction(requestPermitAction, {
    quiet: true,
    onDone: ({ operationId }) => router.push(`/operations/${operationId}`),
  })
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    void request.run({
      targetId: data.target.id,
      reason: textOf(form, 'reason'),
      request: {
        table: textOf(form, 'table'),
        act: textOf(form, 'act'),
        role: textOf(form, 'role') || null,
        maxRows: Number(textOf(form, 'maxRows')),
        minutes: Number(textOf(form, 'minutes')),
        predicate: textOf(form, 'predicate') || null,
      },
    })
  }
  return (
    <Dialog
      open={open}
      onOpenChange={setOpen}
      title="Ask for a permit"
      about="It is planned first: what it means, how many rows it is about. Nothing is open before it is approved and run."
      trigger={<Button size="small">Ask for a permit…</Button>}
      footer={
        <>
          <Button onClick={() => setOpen(false)}>Cancel</Button>
          <Button variant="primary" type="submit" form="ask-for-permit" pending={request.pending}>
            Ask
          </Button>
        </>
      }
    >
      <form id="ask-for-permit" onSubmit={submit} className="grid items-start gap-3 sm:grid-cols-2">
        <Field label="Table">
          <Select name="table" required>
            {data.tables.map(({ table }) => (
              <option key={table}>{table}</option>
            ))}
          </Select>
        </Field>
        <Field label="What it may do">
          <Select name="act" defaultValue="delete">
            <option value="delete">delete rows</option>
            {data.tables.some(({ hasUpdates }) => hasUpdates) ? (
              <option value="update">overwrite rows</option>
            ) : null}
          </Select>
        </Field>
        <Field label="Rows at most">
          <Input name="maxRows" type="number" inputMode="numeric" min={1} max={1_000_000_000} required />
        </Field>
        <Field label="Minutes" hint="counted from the run">
          <Input
            name="minutes"
            type="number"
            inputMode="numeric"
            min={1}
            max={1440}
            defaultValue={15}
            required
          />
        </Field>
        <Field
          label="Database role"
          hint="who may use it; empty: the role this database was registered with"
          className="sm:col-span-2"
        >
          <Input
            name="role"
            list="roles-seen"
            maxLength={63}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
          />
        </Field>
        <Field
          label="Only rows where"
          hint="one expression over columns of the table, such as created_at < '2026-01-01'; empty: any row"
          className="sm:col-span-2"
        >
          <Input
            name="predicate"
            maxLength={2_000}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            className="font-mono"
          />
        </Field>
        <datalist id="roles-seen">
          {data.roles.map((role) => (
            <option key={role} value={role} />
          ))}
        </datalist>
        <Field label="Why" hint="kept in the record" className="sm:col-span-2">
          <Textarea name="reason" required minLength={8} rows={2} />
        </Field>
        <Refusal of={request.refusal} className="sm:col-span-2" />
      </form>
    </Dialog>
  )
}
