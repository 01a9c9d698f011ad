'use client'

import { useState } from 'react'
import { Choice } from '#components/ui/choice.tsx'
import type { DraftChoices } from '#lib/restores/drafts/draft-choices.ts'
import type { StepProps } from './flow-screen.tsx'
import { StepFrame } from './step-frame.tsx'

type Into = NonNullable<DraftChoices['into']>
type Rows = NonNullable<DraftChoices['rows']>

const modes: { value: Rows; title: string; about: string }[] = [
  {
    value: 'missing',
    title: 'Missing rows only',
    about: 'Puts back rows that are gone. Touches no row that lives.',
  },
  {
    value: 'changed',
    title: 'Changed rows too',
    about: 'Also sets rows back that were changed since, newer values included. The plan names them.',
  },
  {
    value: 'all',
    title: 'Equal to the copy',
    about: 'Also deletes rows that the copy does not have. For a table that is wrong as a whole.',
  },
]

/** Beside the live tables or into them, and how far they are brought back. Then the plan is asked for. */
export function WhereStep({ data, choices, pending, refusal, back, save }: StepProps) {
  const [into, setInto] = useState<Into>(
    choices.into === 'database' && choices.source?.kind !== 'archive' ? 'copy' : (choices.into ?? 'copy'),
  )
  const [rows, setRows] = useState<Rows>(choices.rows ?? 'missing')
  const isArchive = choices.source?.kind === 'archive'
  const places: { value: Into; title: string; about: string; disabled?: boolean }[] = [
    {
      value: 'copy',
      title: 'A copy beside the original',
      about:
        'Tables of their own in a schema of their own. No live row is touched; look at them, and take over what you want.',
    },
    {
      value: 'place',
      title: 'The live tables',
      about: `Writes into ${data.target.name} itself, in one transaction. What it overwrites is kept first, so that it can be undone.`,
    },
    {
      value: 'database',
      title: 'The whole database, beside the live one',
      about: isArchive
        ? 'A new database on the same server, proven against the archive’s facts. The live one stays; its name is switched later, by an act of its own.'
        : 'Only from an archive: a snapshot and the journal have a part of the database only.',
      disabled: !isArchive,
    },
  ]
  return (
    <StepFrame
      title="Where to, and how much?"
      about="Next comes the plan: what exactly would be written, row by row. It only reads."
      back={back}
      next="Show what would be written"
      pending={pending}
      refusal={refusal}
      onNext={() => save({ into, rows }, { next: 'plan' })}
    >
      <fieldset className="grid gap-2">
        <legend className="mb-1 text-xs font-medium text-ink-soft">Where to</legend>
        {places.map((each) => (
          <Choice
            key={each.value}
            name="into"
            checked={into === each.value}
            onChoose={() => setInto(each.value)}
            title={each.title}
            about={each.about}
            disabled={each.disabled ?? false}
            marks={each.value === 'copy' ? [{ tone: 'good', text: 'cannot make it worse' }] : []}
          />
        ))}
      </fieldset>
      <fieldset className="grid gap-2" hidden={into === 'database'}>
        <legend className="mb-1 text-xs font-medium text-ink-soft">How much</legend>
        {modes.map((each) => (
          <Choice
            key={each.value}
            name="rows"
            checked={rows === each.value}
            onChoose={() => setRows(each.value)}
            title={each.title}
            about={each.about}
          />
        ))}
      </fieldset>
    </StepFrame>
  )
}
