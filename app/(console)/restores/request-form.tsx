'use client'

import { useRouter } from 'next/navigation'
import { type FormEvent, type ReactNode, useState } from 'react'
import { useAction } from '#app/_web/use-action.ts'
import { Badge } from '#components/ui/badge.tsx'
import { Button } from '#components/ui/button.tsx'
import { Panel } from '#components/ui/card.tsx'
import { Field, Textarea } from '#components/ui/field.tsx'
import { Refusal } from '#components/ui/refusal.tsx'
import { statusWord } from '#components/ui/status-dot.tsx'
import { Time } from '#components/ui/time.tsx'
import { requestRestoreAction } from './actions.ts'
import type { RestoresData } from './restores-screen.tsx'

const modes = [
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
] as const

type Mode = (typeof modes)[number]['value']

/** What a link asks for: from an operation to its undo. */
export interface Asked {
  from: string
  rows: Mode
}

/** From which copy, which tables, how much, and why. Leads to the plan, which a second person then approves. */
export function RequestForm({ data, asked }: { data: RestoresData; asked: Asked | null }) {
  const { target, incident, losses, tables, sources, recommended } = data
  const router = useRouter()
  const [source, setSource] = useState(
    asked && sources.some(({ id }) => id === asked.from) ? asked.from : (recommended.source ?? ''),
  )
  const [mode, setMode] = useState<Mode>(asked?.rows ?? 'missing')
  const lost = losses.map(({ table }) => table).filter((table) => tables.includes(table))
  const [chosen, setChosen] = useState<readonly string[]>(lost.length > 0 && !asked ? lost : tables)
  const request = useAction(requestRestoreAction, {
    quiet: true,
    onDone: ({ operationId }) => router.push(`/operations/${operationId}`),
  })
  const backup = sources.find(({ id }) => id === source)

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    void request.run({
      targetId: target.id,
      incidentId: incident?.id ?? null,
      reason: String(new FormData(event.currentTarget).get('reason') ?? ''),
      request: {
        source:
          source === 'journal'
            ? { kind: 'journal', since: data.since }
            : { kind: backup?.kind, backupId: source },
        tables: chosen.length === tables.length && source !== 'journal' ? [] : chosen,
        rows: mode,
        into: 'place',
      },
    })
  }

  return (
    <Panel
      title="Plan a restore"
      about="Only reads. It shows what would be written, row by row, before anyone decides."
    >
      <form onSubmit={submit} className="grid gap-4">
        <fieldset className="grid gap-2">
          <legend className="mb-1 text-xs font-medium text-ink-soft">From which copy</legend>
          <Choice
            name="source"
            checked={source === 'journal'}
            onChoose={() => setSource('journal')}
            title="The guard’s journal"
            about={
              <>
                Rows deleted since <Time at={data.since} exact />, as they were at that moment
              </>
            }
            recommended={recommended.source === 'journal' ? recommended.why : null}
          />
          {sources.map((each) => (
            <Choice
              key={each.id}
              name="source"
              checked={source === each.id}
              onChoose={() => setSource(each.id)}
              title={
                <>
                  {each.kind === 'snapshot' ? 'Snapshot' : 'Archive'} of <Time at={each.takenAt} exact />
                </>
              }
              about={
                <>
                  <Time at={each.takenAt} /> ·{' '}
                  {each.verification ? statusWord(each.verification) : 'not verified'}
                  {each.kind === 'archive' ? ' · is restored aside first' : ''}
                  {each.purpose === 'safety' ? ' · safety copy from before an operation' : ''}
                </>
              }
              recommended={recommended.source === each.id ? recommended.why : null}
            />
          ))}
          {recommended.source === null ? <p className="text-sm text-bad">{recommended.why}</p> : null}
        </fieldset>
        <fieldset className="grid gap-2">
          <legend className="mb-1 text-xs font-medium text-ink-soft">How much</legend>
          {modes.map((each) => (
            <Choice
              key={each.value}
              name="rows"
              checked={mode === each.value}
              onChoose={() => setMode(each.value)}
              title={each.title}
              about={each.about}
              recommended={null}
            />
          ))}
        </fieldset>
        <details className="rounded-md border border-line px-3 py-2">
          <summary className="cursor-pointer text-sm max-sm:min-h-9">
            {chosen.length} of {tables.length} protected tables
            {lost.length > 0 && chosen.length === lost.length ? ', those that lost rows' : ''}
          </summary>
          <div className="mt-2 grid gap-1">
            {tables.map((table) => (
              <label key={table} className="flex min-h-8 items-center gap-2 text-sm">
                <input
                  type="checkbox"
                  checked={chosen.includes(table)}
                  onChange={({ target: box }) =>
                    setChosen(tables.filter((each) => (each === table ? box.checked : chosen.includes(each))))
                  }
                />
                <span className="font-mono text-xs break-all">{table}</span>
              </label>
            ))}
          </div>
        </details>
        <Field
          label="Why"
          hint="At least a sentence. The second person reads it, and it stays in the record."
        >
          <Textarea name="reason" required minLength={8} maxLength={2000} rows={2} />
        </Field>
        <Refusal of={request.refusal} />
        <Button
          type="submit"
          variant="primary"
          size="large"
          pending={request.pending}
          disabled={source === '' || chosen.length === 0}
        >
          Show what would be written
        </Button>
      </form>
    </Panel>
  )
}

function Choice({
  name,
  checked,
  onChoose,
  title,
  about,
  recommended,
}: {
  name: string
  checked: boolean
  onChoose(): void
  title: ReactNode
  about: ReactNode
  recommended: string | null
}) {
  return (
    <label className="flex min-h-11 cursor-pointer items-start gap-2.5 rounded-md border border-line px-3 py-2 hover:bg-raised has-checked:border-accent has-checked:bg-accent-tint">
      <input type="radio" name={name} checked={checked} onChange={onChoose} className="mt-1" />
      <span className="min-w-0 flex-1">
        <span className="flex flex-wrap items-center gap-2 text-sm font-medium">
          {title}
          {recommended ? <Badge tone="good">recommended</Badge> : null}
        </span>
        <span className="block text-xs text-ink-soft">{about}</span>
        {recommended ? <span className="block text-xs text-good">{recommended}</span> : null}
      </span>
    </label>
  )
}
