'use client'

import { useRouter } from 'next/navigation'
import type { FormEvent } from 'react'
import { Button } from '#components/ui/button.tsx'
import { Checkbox, Field, Input, Select } from '#components/ui/field.tsx'
import { type AuditQuery, auditHref, readAuditQuery } from './audit-filter.ts'

const minute = (iso: string | undefined): string => iso?.slice(0, 16) ?? ''

/** The filter is in the address, so that it can be sent to somebody. */
export function FilterForm({ query, targets }: { query: AuditQuery; targets: string[] }) {
  const router = useRouter()
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const fields = Object.fromEntries(
      [...new FormData(event.currentTarget)].map(([name, value]) => [name, String(value)]),
    )
    router.push(auditHref(readAuditQuery(fields)))
  }
  return (
    <form
      // A new filter in the address shows in the fields.
      key={JSON.stringify(query)}
      onSubmit={submit}
      className="grid grid-cols-2 items-end gap-2 border-b border-line bg-raised px-4 py-3 lg:grid-cols-[1.2fr_1.2fr_0.8fr_1fr_1fr_1fr_auto]"
    >
      <Field label="Who">
        <Input name="actor" defaultValue={query.actor} placeholder="ada@, operator:" />
      </Field>
      <Field label="Action">
        <Input name="action" defaultValue={query.action} placeholder="operations.run, backups" />
      </Field>
      <Field label="Outcome">
        <Select name="outcome" defaultValue={query.outcome ?? ''}>
          <option value="">any</option>
          <option value="done">done</option>
          <option value="refused">refused</option>
          <option value="failed">failed</option>
        </Select>
      </Field>
      <Field label="Target">
        <Select name="about" defaultValue={query.target ?? ''}>
          <option value="">any</option>
          {[...new Set([...targets, ...(query.target ? [query.target] : [])])].map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </Select>
      </Field>
      <Field label="From (UTC)">
        <Input name="from" type="datetime-local" defaultValue={minute(query.from)} />
      </Field>
      <Field label="Until (UTC)">
        <Input name="until" type="datetime-local" defaultValue={minute(query.until)} />
      </Field>
      <Checkbox
        name="people"
        value="1"
        defaultChecked={query.people ?? false}
        label="Without the worker’s own routine"
        className="col-span-2 self-center lg:order-last lg:col-span-7"
      />
      <Button type="submit" className="max-lg:col-span-2 max-sm:h-11">
        Filter
      </Button>
    </form>
  )
}
