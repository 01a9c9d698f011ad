'use client'

import { useState } from 'react'
import type { Tone } from '#components/ui/badge.tsx'
import { Choice } from '#components/ui/choice.tsx'
import { statusWord } from '#components/ui/status-dot.tsx'
import { Time, useNow } from '#components/ui/time.tsx'
import { countOf } from '#lib/format/format-count.ts'
import type { DraftChoices } from '#lib/restores/drafts/draft-choices.ts'
import type { FlowData, StepProps } from './flow-screen.tsx'
import { StepFrame } from './step-frame.tsx'

type Source = FlowData['sources'][number]
type ChosenSource = NonNullable<DraftChoices['source']>

const hourMs = 3_600_000
const shownAtOnce = 5
const keyOf = (source: ChosenSource | undefined): string | null =>
  source ? ('backupId' in source ? source.backupId : source.kind) : null

/** Which copy the rows come from: the recommended one first, each with what is proven of it. */
export function SourceStep({ data, choices, pending, refusal, back, save }: StepProps) {
  const { sources, recommended, losses, since } = data
  const journal: ChosenSource = { kind: 'journal', since }
  const asSource = (key: string | null): ChosenSource | undefined => {
    if (key === 'journal') return journal
    const copy = sources.find(({ id }) => id === key)
    return copy && { kind: copy.kind, backupId: copy.id }
  }
  const kept = choices.source
  const [key, setKey] = useState(keyOf(kept) ?? recommended.source)
  // A choice that none of these cards stands for, such as single transactions, is kept as it came.
  const elsewhere =
    kept && (('transactionIds' in kept && kept.transactionIds) || !asSource(keyOf(kept))) ? kept : null
  const chosen = elsewhere && key === keyOf(elsewhere) ? elsewhere : asSource(key)
  const journaled = losses.filter(({ evidence }) => evidence === 'journal')

  const copies = sources.toSorted(
    (a, b) =>
      Number(b.id === recommended.source) - Number(a.id === recommended.source) ||
      Number(a.purpose === 'safety') - Number(b.purpose === 'safety') ||
      // What was taken after the loss may lack the very rows.
      Number(a.takenAt! >= since) - Number(b.takenAt! >= since) ||
      Date.parse(b.takenAt!) - Date.parse(a.takenAt!),
  )
  const nearest = sources
    .filter(({ takenAt, purpose }) => purpose !== 'safety' && takenAt! < since)
    .toSorted((a, b) => Date.parse(b.takenAt!) - Date.parse(a.takenAt!))[0]?.id
  const card = (copy: Source) => (
    <CopyCard
      key={copy.id}
      copy={copy}
      checked={key === copy.id}
      onChoose={() => setKey(copy.id)}
      recommended={copy.id === recommended.source ? recommended.why : null}
      nearest={copy.id === nearest}
      since={since}
      proofHours={data.proofHours}
    />
  )
  const journalCard = (
    <Choice
      key="journal"
      name="source"
      checked={key === 'journal'}
      onChoose={() => setKey('journal')}
      title={elsewhere ? 'The guards’ journal, as chosen before' : 'The guards’ journal'}
      marks={recommended.source === 'journal' ? [{ tone: 'good', text: 'recommended' }] : []}
      about={
        <>
          {recommended.source === 'journal' ? (
            <span className="block text-good">{recommended.why}</span>
          ) : null}
          Rows deleted or overwritten since <Time at={since} exact />, each as it was at that moment.{' '}
          {journaled.length > 0
            ? `It saw ${countOf(
                journaled.reduce((sum, { rows }) => sum + rows, 0),
                'lost row',
              )} in ${countOf(journaled.length, 'table')}.`
            : 'It is not known to have seen a lost row in that time.'}
        </>
      }
    />
  )

  return (
    <StepFrame
      title="From which copy?"
      about={
        recommended.source === null
          ? recommended.why
          : 'The recommended one stands first. Each is checked before it is used.'
      }
      back={back}
      next="Where, and how much"
      pending={pending}
      disabled={!chosen}
      refusal={refusal}
      onNext={() => chosen && save({ source: chosen }, { next: 'where' })}
    >
      <fieldset className="grid gap-2">
        <legend className="sr-only">Copies</legend>
        {recommended.source === 'journal' ? journalCard : null}
        {copies.slice(0, shownAtOnce).map(card)}
        {recommended.source === 'journal' ? null : journalCard}
        {copies.length > shownAtOnce ? (
          <details open={copies.slice(shownAtOnce).some(({ id }) => id === key)} className="group">
            <summary className="flex min-h-11 cursor-pointer items-center text-sm text-accent">
              {countOf(copies.length - shownAtOnce, 'more copy', 'more copies')}
            </summary>
            <div className="grid gap-2">{copies.slice(shownAtOnce).map(card)}</div>
          </details>
        ) : null}
      </fieldset>
    </StepFrame>
  )
}

function CopyCard({
  copy,
  checked,
  onChoose,
  recommended,
  nearest,
  since,
  proofHours,
}: {
  copy: Source
  checked: boolean
  onChoose(): void
  recommended: string | null
  nearest: boolean
  since: string
  proofHours: number
}) {
  const now = useNow(60_000)
  const stale = copy.verifiedAt !== null && now > 0 && now - Date.parse(copy.verifiedAt) > proofHours * hourMs
  const marks: { tone: Tone; text: string }[] = [
    ...(recommended ? [{ tone: 'good' as const, text: 'recommended' }] : []),
    ...(nearest ? [{ tone: 'accent' as const, text: 'nearest before the loss' }] : []),
    ...(copy.status === 'suspicious' ? [{ tone: 'bad' as const, text: 'suspicious' }] : []),
    ...(copy.verification === null ? [{ tone: 'warn' as const, text: 'nothing proven' }] : []),
    ...(stale ? [{ tone: 'warn' as const, text: 'proof is old' }] : []),
    ...(copy.purpose === 'safety' ? [{ tone: 'plain' as const, text: 'safety copy' }] : []),
  ]
  return (
    <Choice
      name="source"
      checked={checked}
      onChoose={onChoose}
      title={
        <span>
          {copy.kind === 'snapshot' ? 'Snapshot' : 'Archive'} of <Time at={copy.takenAt} exact />
        </span>
      }
      marks={marks}
      about={
        <>
          {recommended ? <span className="block text-good">{recommended}</span> : null}
          <Time at={copy.takenAt} />
          {copy.verification ? (
            <>
              {' '}
              · {statusWord(copy.verification)} <Time at={copy.verifiedAt} />
            </>
          ) : (
            ' · not verified'
          )}
          {copy.tables !== null ? ` · ${countOf(copy.tables, 'table')}` : ''}
          {copy.rows !== null ? `, ${countOf(copy.rows, 'row')}` : ''}
          {copy.kind === 'archive' ? ' · is restored aside first, which takes longer' : ''}
          {copy.takenAt! >= since ? (
            <span className="block text-warn">
              From after the loss began: what was gone by then is not in it.
            </span>
          ) : null}
        </>
      }
    />
  )
}
