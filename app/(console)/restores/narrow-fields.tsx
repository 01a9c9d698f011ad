'use client'

import { ChevronRight, X } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { Button } from '#components/ui/button.tsx'
import { Field, Input, Select, Textarea } from '#components/ui/field.tsx'
import { InstantInput } from '#components/ui/instant-input.tsx'
import { countOf } from '#lib/format/format-count.ts'
import type { DraftChoices } from '#lib/restores/drafts/draft-choices.ts'
import type { FlowData } from './flow-screen.tsx'

/** What narrows a restore, each part empty when it does not. */
export interface Narrowing {
  membership: string | null
  organization: string
  since: string | null
  until: string | null
  picked: { table: string; keys: string[][] }[]
}

export const narrowingOf = ({ organization, changed, picked }: DraftChoices): Narrowing => ({
  membership: organization?.membership ?? null,
  organization: organization?.key ?? '',
  since: changed?.since ?? null,
  until: changed?.until ?? null,
  picked: picked ?? [],
})

export const toChoices = (narrowing: Narrowing): DraftChoices => ({
  organization: narrowing.organization.trim()
    ? { membership: narrowing.membership, key: narrowing.organization.trim() }
    : null,
  changed:
    narrowing.since || narrowing.until
      ? {
          ...(narrowing.since ? { since: narrowing.since } : {}),
          ...(narrowing.until ? { until: narrowing.until } : {}),
        }
      : null,
  picked: narrowing.picked,
})

/** A row's key as a person writes it: one line, the values of a composite key separated by `|`. */
const readKeys = (text: string): string[][] =>
  text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => line.split('|').map((value) => value.trim()))

/** Only a part of the tables: of one organisation, of a time, or single rows. Folded away until somebody wants it. */
export function NarrowFields({
  narrowing,
  onChange,
  tables,
  memberships,
}: {
  narrowing: Narrowing
  onChange(narrowing: Narrowing): void
  tables: readonly string[]
  memberships: FlowData['memberships']
}) {
  const set = (part: Partial<Narrowing>) => onChange({ ...narrowing, ...part })
  return (
    <fieldset className="grid gap-2">
      <legend className="mb-1 text-xs font-medium text-ink-soft">Only a part of it</legend>
      {memberships.length > 0 ? (
        <Part title="One organisation" on={narrowing.organization !== ''}>
          {memberships.length > 1 ? (
            <Field label="Membership rule">
              <Select
                value={narrowing.membership ?? ''}
                onChange={({ target }) => set({ membership: target.value || null })}
              >
                <option value="">The first</option>
                {memberships.map(({ name }) => (
                  <option key={name}>{name}</option>
                ))}
              </Select>
            </Field>
          ) : null}
          <Field
            label="Key of the organisation"
            hint={
              memberships[0]?.organizations
                ? `A value of ${memberships[0].organizations}.${memberships[0].key}. Its rows are found over the foreign keys.`
                : 'As the membership names it. Its rows are found over the foreign keys.'
            }
          >
            <Input
              value={narrowing.organization}
              onChange={({ target }) => set({ organization: target.value })}
              autoCapitalize="none"
              spellCheck={false}
            />
          </Field>
        </Part>
      ) : null}
      <Part title="A time" on={Boolean(narrowing.since ?? narrowing.until)}>
        <div className="grid gap-3 sm:grid-cols-2">
          <Field label="Made or changed from">
            <InstantInput value={narrowing.since} onChange={(since) => set({ since })} />
          </Field>
          <Field label="until">
            <InstantInput value={narrowing.until} onChange={(until) => set({ until })} />
          </Field>
        </div>
        <p className="text-xs text-ink-faint">
          By a time column of the rows. A table without one is refused.
        </p>
      </Part>
      <Part title="Single rows" on={narrowing.picked.length > 0}>
        <PickedRows picked={narrowing.picked} tables={tables} onChange={(picked) => set({ picked })} />
      </Part>
    </fieldset>
  )
}

function Part({ title, on, children }: { title: string; on: boolean; children: ReactNode }) {
  return (
    <details open={on} className="group rounded-md border border-line">
      <summary className="flex min-h-11 cursor-pointer items-center gap-2 px-3 py-2 text-sm">
        <ChevronRight
          aria-hidden
          className="size-4 shrink-0 text-ink-faint transition-transform group-open:rotate-90"
        />
        {title}
        {on ? <span className="ml-auto text-xs font-medium text-accent">chosen</span> : null}
      </summary>
      <div className="grid gap-3 border-t border-line px-3 py-3">{children}</div>
    </details>
  )
}

function PickedRows({
  picked,
  tables,
  onChange,
}: {
  picked: Narrowing['picked']
  tables: readonly string[]
  onChange(picked: Narrowing['picked']): void
}) {
  const [table, setTable] = useState(tables[0] ?? '')
  const [text, setText] = useState('')
  const keys = readKeys(text)
  const add = () => {
    const before = picked.find((each) => each.table === table)?.keys ?? []
    onChange([...picked.filter((each) => each.table !== table), { table, keys: [...before, ...keys] }])
    setText('')
  }
  return (
    <>
      {picked.map((each) => (
        <p key={each.table} className="flex items-center gap-2 text-sm">
          <span className="min-w-0 flex-1 break-words">
            <span className="font-mono text-xs break-all">{each.table}</span>: only{' '}
            {countOf(each.keys.length, 'row')}
          </span>
          <Button
            size="icon"
            variant="ghost"
            aria-label={`Forget the rows of ${each.table}`}
            onClick={() => onChange(picked.filter((other) => other !== each))}
          >
            <X aria-hidden />
          </Button>
        </p>
      ))}
      <Field label="Table">
        <Select value={table} onChange={({ target }) => setTable(target.value)}>
          {tables.map((each) => (
            <option key={each}>{each}</option>
          ))}
        </Select>
      </Field>
      <Field label="Keys" hint="One row a line; the values of a composite key separated by |.">
        <Textarea
          value={text}
          onChange={({ target }) => setText(target.value)}
          rows={3}
          autoCapitalize="none"
          spellCheck={false}
        />
      </Field>
      <Button className="justify-self-start max-sm:h-11" disabled={keys.length === 0 || !table} onClick={add}>
        Only these rows of it
      </Button>
      <p className="text-xs text-ink-faint">
        Tables without rows here take no part then. Rows can be ticked in the plan’s samples, too.
      </p>
    </>
  )
}
