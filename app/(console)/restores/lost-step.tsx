'use client'

import { useState } from 'react'
import { Badge } from '#components/ui/badge.tsx'
import { Button } from '#components/ui/button.tsx'
import { Choice } from '#components/ui/choice.tsx'
import { Field } from '#components/ui/field.tsx'
import { InstantInput, useZone } from '#components/ui/instant-input.tsx'
import { countOf, formatCount } from '#lib/format/format-count.ts'
import type { StepProps } from './flow-screen.tsx'
import { NarrowFields, type Narrowing, narrowingOf, toChoices } from './narrow-fields.tsx'
import { StepFrame } from './step-frame.tsx'

/** What is gone, as far as anything recorded it, and which of it is to come back. */
export function LostStep({ data, choices, pending, refusal, back, save }: StepProps) {
  const { losses, draft } = data
  const lostIn = (table: string) => losses.find((loss) => loss.table === table)
  const tables = data.tables.toSorted(
    (a, b) => (lostIn(b.table)?.rows ?? 0) - (lostIn(a.table)?.rows ?? 0) || a.table.localeCompare(b.table),
  )
  const lost = tables.filter(({ table }) => lostIn(table)).map(({ table }) => table)
  const [since, setSince] = useState<string | null>(data.since)
  const [every, setEvery] = useState(choices.tables ? choices.tables.length === 0 : lost.length === 0)
  const [chosen, setChosen] = useState<readonly string[]>(
    choices.tables && choices.tables.length > 0 ? choices.tables : lost,
  )
  const [narrowing, setNarrowing] = useState<Narrowing>(() => narrowingOf(choices))
  const zone = useZone()
  const sum = losses.reduce((all, { rows }) => all + rows, 0)

  const only = narrowing.picked.map(({ table }) => table)
  const moved = since && (draft?.choices.lostSince || since !== data.since) ? since : null
  const source = choices.source
  const chosenNow = {
    ...(moved ? { lostSince: moved } : {}),
    // The journal is looked through from the same moment.
    ...(moved && source?.kind === 'journal' && source.since ? { source: { ...source, since: moved } } : {}),
    tables: every ? [] : [...new Set([...chosen, ...only])],
    ...toChoices(narrowing),
  }
  const toggle = (table: string, on: boolean) =>
    setChosen((before) => (on ? [...before, table] : before.filter((each) => each !== table)))

  return (
    <StepFrame
      title="What was lost?"
      about={
        losses.length > 0
          ? `${countOf(sum, 'row')} in ${countOf(losses.length, 'table')}, by the guards’ journal and the row counts.`
          : 'No lost rows are known in that time. A plan compares the copy with the live rows all the same.'
      }
      back={back}
      next="From which copy"
      pending={pending}
      disabled={!every && chosen.length === 0 && narrowing.picked.length === 0}
      refusal={refusal}
      onNext={() => save(chosenNow, { next: 'source' })}
    >
      <div className="flex items-end gap-2">
        <Field
          label="Since when"
          hint={
            zone
              ? `The last moment when all was well, in your zone (${zone}).`
              : 'The last moment when all was well.'
          }
          className="flex-1"
        >
          <InstantInput value={since} onChange={setSince} />
        </Field>
        <Button
          className="mb-5 max-sm:h-10"
          pending={pending}
          disabled={!since || since === data.since}
          onClick={() => save(chosenNow, { next: 'lost' })}
        >
          Look again
        </Button>
      </div>
      <fieldset className="grid gap-2">
        <legend className="mb-1 text-xs font-medium text-ink-soft">What is to come back</legend>
        <Choice
          name="tables"
          checked={!every}
          onChoose={() => setEvery(false)}
          title={lost.length > 0 ? 'These tables' : 'Tables that I choose'}
          about={
            lost.length > 0
              ? 'Those that lost rows are ticked. Rows that they refer to come along where they are missing too.'
              : 'Rows that they refer to come along where they are missing too.'
          }
        />
        {every ? null : (
          <ul className="divide-y divide-line overflow-hidden rounded-md border border-line">
            {tables.map(({ table, rows }) => {
              const loss = lostIn(table)
              return (
                <li key={table}>
                  <label className="flex min-h-11 cursor-pointer items-center gap-2.5 px-3 py-1.5 hover:bg-raised">
                    <input
                      type="checkbox"
                      checked={chosen.includes(table)}
                      onChange={({ target }) => toggle(table, target.checked)}
                      className="size-4 shrink-0 accent-(--accent)"
                    />
                    <span className="min-w-0 flex-1">
                      <span className="block font-mono text-xs break-all">{table}</span>
                      <span className="block text-xs text-ink-faint">
                        {rows === null ? 'not counted yet' : `${formatCount(rows)} rows when last counted`}
                      </span>
                    </span>
                    {loss ? (
                      <Badge
                        tone="bad"
                        title={loss.evidence === 'journal' ? 'By the guards’ journal' : 'By the row counts'}
                      >
                        {formatCount(loss.rows)} lost
                      </Badge>
                    ) : null}
                  </label>
                </li>
              )
            })}
          </ul>
        )}
        <Choice
          name="tables"
          checked={every}
          onChoose={() => setEvery(true)}
          title="Every table that the copy has"
          about="Compares all of them. For when nobody knows what is gone."
        />
      </fieldset>
      <NarrowFields
        narrowing={narrowing}
        onChange={setNarrowing}
        tables={tables.map(({ table }) => table)}
        memberships={data.memberships}
      />
    </StepFrame>
  )
}
