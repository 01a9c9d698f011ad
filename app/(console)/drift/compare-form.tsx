'use client'

import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { useAction } from '#app/_web/use-action.ts'
import { Button } from '#components/ui/button.tsx'
import { Panel } from '#components/ui/card.tsx'
import { Field, Input, Select } from '#components/ui/field.tsx'
import { Refusal } from '#components/ui/refusal.tsx'
import { requestComparisonAction } from './actions.ts'

const splitTables = (text: string): string[] =>
  (text.match(/(?:"(?:[^"]|"")*"|[^",])+/g) ?? []).map((table) => table.trim()).filter(Boolean)

/** Any two targets, about any tables that both have. */
export function CompareForm({ target, targets }: { target: string; targets: readonly string[] }) {
  const router = useRouter()
  const [master, setMaster] = useState(targets.find((name) => name !== target) ?? '')
  const [other, setOther] = useState(target)
  const [tables, setTables] = useState('')
  const compare = useAction(requestComparisonAction, {
    quiet: true,
    onDone: ({ comparisonIds }) => router.push(`/drift/${comparisonIds[0]}`),
  })
  const options = targets.map((name) => (
    <option key={name} value={name}>
      {name}
    </option>
  ))
  return (
    <Panel title="Compare two databases" about="Both are read, neither is changed" className="print:hidden">
      <form
        className="grid items-start gap-3 sm:grid-cols-[1fr_1fr_2fr_auto]"
        onSubmit={(event) => {
          event.preventDefault()
          void compare.run({ target: other, master, tables: splitTables(tables) })
        }}
      >
        <Field label="Master" hint="What is only there is missing in the other one.">
          <Select value={master} onChange={(event) => setMaster(event.target.value)}>
            {options}
          </Select>
        </Field>
        <Field label="Compared with it">
          <Select value={other} onChange={(event) => setOther(event.target.value)}>
            {options}
          </Select>
        </Field>
        <Field label="Tables" hint="Empty: all that both have, and that have a key.">
          <Input
            value={tables}
            onChange={(event) => setTables(event.target.value)}
            placeholder="public.clients, public.leads"
            spellCheck={false}
            autoComplete="off"
          />
        </Field>
        <Button type="submit" pending={compare.pending} className="sm:mt-5">
          Compare
        </Button>
        <Refusal of={compare.refusal} className="sm:col-span-4" />
      </form>
    </Panel>
  )
}
