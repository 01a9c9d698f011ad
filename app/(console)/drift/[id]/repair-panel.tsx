'use client'

import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { useAction } from '#app/_web/use-action.ts'
import { Button } from '#components/ui/button.tsx'
import { Panel } from '#components/ui/card.tsx'
import { Checkbox, Field, Select, Textarea } from '#components/ui/field.tsx'
import { Refusal } from '#components/ui/refusal.tsx'
import { requestSyncRepairAction } from '../actions.ts'
import type { ShownTable } from './comparison-screen.tsx'

interface Pair {
  masterId: string
  masterName: string
  targetId: string
  targetName: string
}

/** What is asked of the one that shall become like the other; names turn round with the direction. */
function requestOf(pair: Pair, tables: readonly ShownTable[], isReversed: boolean, rows: string) {
  const [from, to] = isReversed ? [pair.targetId, pair.masterId] : [pair.masterId, pair.targetId]
  const named = tables.map(({ table, masterTable, columns }) => ({
    ...(isReversed ? { here: masterTable, there: table } : { here: table, there: masterTable }),
    ignored: columns.ignored,
  }))
  const others = named.filter(({ here, there }) => here !== there)
  return {
    targetId: to,
    request: {
      source: {
        kind: 'target',
        targetId: from,
        names: Object.fromEntries(others.map(({ here, there }) => [here, there])),
        ignoredColumns: Object.fromEntries(
          named.filter(({ ignored }) => ignored.length > 0).map(({ here, ignored }) => [here, ignored]),
        ),
      },
      tables: named.map(({ here }) => here),
      rows,
    },
  }
}

/** Plans what makes one of the two like the other; whoever looks decides which one is right. */
export function RepairPanel({ comparison, tables }: { comparison: Pair; tables: readonly ShownTable[] }) {
  const router = useRouter()
  const { masterName, targetName } = comparison
  const differing = tables.filter(({ inSync }) => !inSync)
  const [direction, setDirection] = useState('target')
  const [rows, setRows] = useState('changed')
  const [left, setLeft] = useState<readonly string[]>([])
  const [reason, setReason] = useState('')
  const repair = useAction(requestSyncRepairAction, {
    quiet: true,
    onDone: ({ operationId }) => router.push(`/operations/${operationId}`),
  })
  const [from, to] = direction === 'target' ? [masterName, targetName] : [targetName, masterName]
  const chosen = differing.filter(({ table }) => !left.includes(table))
  return (
    <Panel
      id="repair"
      title={`Repair: make ${to} like ${from}`}
      about="Plans it and shows every row; nothing is written before it is approved and run"
      className="print:hidden"
    >
      <form
        className="grid gap-3"
        onSubmit={(event) => {
          event.preventDefault()
          void repair.run({ ...requestOf(comparison, chosen, direction === 'master', rows), reason })
        }}
      >
        <div className="grid gap-3 sm:grid-cols-2">
          <Field label="Which one is right" hint="Its rows are read anew, in one moment.">
            <Select value={direction} onChange={(event) => setDirection(event.target.value)}>
              <option value="target">
                {masterName} is right: make {targetName} like it
              </option>
              <option value="master">
                {targetName} is right: make {masterName} like it
              </option>
            </Select>
          </Field>
          <Field
            label="Rows"
            hint={
              rows === 'all'
                ? `Rows that only ${to} has are deleted.`
                : `Rows that only ${to} has stay as they are.`
            }
          >
            <Select value={rows} onChange={(event) => setRows(event.target.value)}>
              <option value="missing">Bring those that are missing</option>
              <option value="changed">Bring those that are missing, and reset those that changed</option>
              <option value="all">Make all rows equal, and delete what only {to} has</option>
            </Select>
          </Field>
        </div>
        <fieldset className="grid gap-1.5">
          <legend className="mb-1 text-xs font-medium text-ink-soft">Tables</legend>
          {differing.map(({ table }) => (
            <Checkbox
              key={table}
              label={<span className="font-mono text-xs">{table}</span>}
              checked={!left.includes(table)}
              onChange={() =>
                setLeft(left.includes(table) ? left.filter((one) => one !== table) : [...left, table])
              }
            />
          ))}
        </fieldset>
        <Field label="Reason" hint="At least 8 characters; kept in the record.">
          <Textarea value={reason} onChange={(event) => setReason(event.target.value)} rows={2} />
        </Field>
        <Refusal of={repair.refusal} />
        <Button
          type="submit"
          variant="primary"
          className="justify-self-start max-sm:h-11 max-sm:w-full"
          pending={repair.pending}
          disabled={chosen.length === 0}
        >
          Plan the repair of {to}
        </Button>
      </form>
    </Panel>
  )
}
