import Link from 'next/link'
import type { ReactNode } from 'react'
import type { ReadData } from '#app/_web/read.ts'
import type { Wire } from '#app/_web/wire.ts'
import { Panel } from '#components/ui/card.tsx'
import { Time } from '#components/ui/time.tsx'
import { formatBytes } from '#lib/format/format-bytes.ts'
import { countOf, formatChange, formatCount } from '#lib/format/format-count.ts'
import { FactsTable } from './facts-table.tsx'
import type { backupRead } from './queries.ts'

type Data = Wire<ReadData<typeof backupRead>>

function Against({ data: { change, before } }: { data: Data }) {
  if (!change) return null
  if (!before) return <>There is no earlier good one to compare with.</>
  const difference = change.rows - (change.rowsBefore ?? 0)
  return (
    <>
      <span className={difference < 0 ? 'font-medium text-bad' : 'font-medium text-ink'}>
        {formatChange(difference)} rows
      </span>{' '}
      against the{' '}
      <Link href={`/backups/${before.id}`} className="text-accent hover:underline">
        good one before
      </Link>{' '}
      (<Time at={before.takenAt} />
      ); the schema {change.schemaChanged ? 'changed since' : 'is the same'}.
      {change.gone.length > 0 ? (
        <span className="text-bad">
          {' '}
          Gone since:{' '}
          {change.gone.map(({ table, rows }) => `${table} (${formatCount(rows)} rows)`).join(', ')}.
        </span>
      ) : null}
    </>
  )
}

const Line = ({ head, children }: { head: string; children: ReactNode }) => (
  <div className="contents">
    <dt className="text-ink-faint">{head}</dt>
    <dd className="min-w-0">{children}</dd>
  </div>
)

function Rest({ facts }: { facts: NonNullable<Data['facts']> }) {
  return (
    <dl className="grid gap-x-6 gap-y-1.5 border-t border-line px-4 py-3 text-sm sm:grid-cols-[max-content_1fr]">
      <Line head="Sequences">
        {facts.sequenceCount === 0 ? (
          'none'
        ) : (
          <details>
            <summary className="cursor-pointer">{countOf(facts.sequenceCount, 'sequence')}</summary>
            <ul className="mt-1 grid gap-0.5 text-xs text-ink-soft">
              {facts.sequences.map(({ sequence, lastValue, isCalled }) => (
                <li key={sequence}>
                  {sequence}: {isCalled ? `last gave ${lastValue}` : `will give ${lastValue} first`}
                </li>
              ))}
              {facts.sequences.length < facts.sequenceCount ? (
                <li>and {formatCount(facts.sequenceCount - facts.sequences.length)} more</li>
              ) : null}
            </ul>
          </details>
        )}
      </Line>
      <Line head="Constraints">
        {formatCount(facts.constraintCount)}
        {facts.notValidated.length > 0
          ? `, of them not validated: ${facts.notValidated.slice(0, 10).join(', ')}${facts.notValidated.length > 10 ? ' …' : ''}`
          : ''}
      </Line>
      <Line head="Definitions">
        {formatCount(facts.definitionCount)} (columns, indexes, triggers, policies, views, routines)
        {facts.unrestoredCount > 0
          ? `; ${formatCount(facts.unrestoredCount)} more are recorded, but a drill restores without them (owners, privileges, publications)`
          : ''}
      </Line>
      {facts.largeObjects ? (
        <Line head="Large objects">
          {formatCount(facts.largeObjects.count)}
          {facts.largeObjects.count > 0 ? `, ${formatBytes(facts.largeObjects.bytes)}` : ''}
        </Line>
      ) : null}
      {facts.extensions ? (
        <Line head="Extensions">
          {facts.extensions.map(({ name, version }) => `${name} ${version}`).join(', ') || 'none'}
        </Line>
      ) : null}
      {facts.roles ? <Line head="Roles it needs">{facts.roles.join(', ') || 'none'}</Line> : null}
      <Line head="Schema fingerprint">
        <code className="font-mono text-xs break-all">{facts.schemaFingerprint}</code>
      </Line>
      <Line head="Not covered">
        {facts.notCovered.length === 0 ? (
          'nothing: every table is in it'
        ) : (
          <ul className="grid gap-0.5">
            {facts.notCovered.map(({ name, reason }) => (
              <li key={`${name}-${reason}`}>
                <span className="font-medium">{name}</span>
                <span className="text-ink-soft">: {reason}</span>
              </li>
            ))}
          </ul>
        )}
      </Line>
    </dl>
  )
}

/** What was counted and summed with the copy, beside the good one before. */
export function FactsPanel({ data }: { data: Data }) {
  const { facts, change, before, backup } = data
  if (!facts || !change) {
    return (
      <Panel title="Facts">
        <p className="text-sm text-ink-soft">
          {backup.origin === 'foreign'
            ? 'There are none: it was made by others. A drill shows that it restores, not that nothing is missing.'
            : 'There are none: it did not get that far.'}
        </p>
      </Panel>
    )
  }
  return (
    <Panel
      title={`Facts: ${formatCount(change.rows)} rows in ${countOf(change.tables.length, 'table')}`}
      about="Counted and summed in the same database snapshot as the copy. A restored copy must equal them."
      flush
    >
      <p className="border-b border-line px-4 py-2 text-sm text-ink-soft">
        <Against data={data} />
      </p>
      <FactsTable tables={change.tables} compared={before !== null} />
      <Rest facts={facts} />
    </Panel>
  )
}
