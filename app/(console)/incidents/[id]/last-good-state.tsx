'use client'

import Link from 'next/link'
import { Badge } from '#components/ui/badge.tsx'
import { Panel } from '#components/ui/card.tsx'
import { Time } from '#components/ui/time.tsx'
import { countOf, formatCount } from '#lib/format/format-count.ts'
import { formatDuration } from '#lib/format/format-duration.ts'
import { GoodStatePicture } from './good-state-picture.tsx'
import type { IncidentData } from './incident-screen.tsx'

type State = NonNullable<IncidentData['incident']['lastGoodState']>

const words: Record<State['limits'][number]['evidence'], string> = {
  journal: 'the guards’ journal',
  'row-counts': 'row counts',
  checks: 'checks',
  backups: 'backups’ facts',
}

/** The newest moment at which everything was well, what says so, and the copy that holds it. */
export function LastGoodStatePanel({ data: { incident } }: { data: IncidentData }) {
  const state = incident.lastGoodState
  if (!incident.targetId) return null
  return (
    <Panel
      id="last-good-state"
      title="Last known good state"
      about="The newest moment at which nothing that is watched was ill"
    >
      {state ? (
        <div className="grid gap-3 text-sm">
          <p>
            {state.at ? (
              <>
                <Time at={state.at} exact className="text-base font-semibold" />,{' '}
                {formatDuration(Math.max(0, Date.parse(state.lossAt) - Date.parse(state.at)))} before the loss
                began. {countOf(state.subjects, 'table or check', 'tables and checks')} looked at.
              </>
            ) : (
              'No moment is known at which everything was well.'
            )}
          </p>
          {state.backups.length > 0 ? <GoodStatePicture state={state} /> : null}
          <Copies state={state} targetName={incident.targetName} />
          <Evidence state={state} />
        </div>
      ) : (
        <p className="text-sm text-ink-soft">It has not been looked for yet.</p>
      )}
    </Panel>
  )
}

function Copies({ state, targetName }: { state: State; targetName: string | null }) {
  const { backup, unproven, writtenSince } = state
  return (
    <div className="grid gap-1">
      {backup ? (
        <p>
          Nearest proven backup:{' '}
          <Link href={`/backups/${backup.id}`} className="text-accent hover:underline">
            {backup.kind} of <Time at={backup.takenAt} exact />
          </Link>{' '}
          <Badge tone="good">{backup.verification}</Badge>,{' '}
          {formatDuration(Date.parse(state.lossAt) - Date.parse(backup.takenAt))} older than the loss.
        </p>
      ) : (
        <p className="text-bad">No proven backup holds that state.</p>
      )}
      {unproven ? (
        <p>
          Newer, and not proven yet:{' '}
          <Link href={`/backups/${unproven.id}`} className="text-accent hover:underline">
            {unproven.kind} of <Time at={unproven.takenAt} exact />
          </Link>
          . A drill proves it.
        </p>
      ) : null}
      {backup && writtenSince === null ? (
        <p className="text-ink-soft">
          What was written between it and the loss is not known: no table of {targetName} was counted then.
        </p>
      ) : null}
      {backup && writtenSince && writtenSince.length === 0 ? (
        <p className="text-ink-soft">No counted table grew between it and the loss.</p>
      ) : null}
      {writtenSince && writtenSince.length > 0 ? (
        <p>
          A whole restore of it would lose what came after, at least{' '}
          {writtenSince
            .slice(0, 5)
            .map(({ table, rows }) => `${formatCount(rows)} in ${table}`)
            .join(', ')}
          {writtenSince.length > 5 ? ` and more in ${writtenSince.length - 5} tables` : ''}. Putting back rows
          alone keeps it.
        </p>
      ) : null}
    </div>
  )
}

function Evidence({ state }: { state: State }) {
  return (
    <details>
      <summary className="w-fit cursor-pointer text-xs text-ink-faint hover:text-ink">
        What it rests on
      </summary>
      <ul className="mt-1 grid gap-1 text-xs text-ink-soft">
        {state.limits.map((limit) => (
          <li key={`${limit.subject}${limit.firstIllAt}`} className="break-words">
            <span className="font-mono">{limit.subject}</span>: last well{' '}
            {limit.lastWellAt ? <Time at={limit.lastWellAt} exact /> : 'at no moment on record'}, no more{' '}
            <Time at={limit.firstIllAt} exact /> ({words[limit.evidence]})
          </li>
        ))}
        {state.looks
          .filter(({ observations }) => observations > 0)
          .map(({ source, observations, lastAt }) => (
            <li key={source}>
              {countOf(observations, 'look')} through {words[source]}
              {lastAt ? (
                <>
                  , the last <Time at={lastAt} exact />
                </>
              ) : null}
            </li>
          ))}
        {state.neverWell.length > 0 ? (
          <li className="break-words">
            Not well at any moment that was looked at, so left out: {state.neverWell.slice(0, 8).join(', ')}
          </li>
        ) : null}
        <li>
          {countOf(state.factsRead, 'set')} of backups’ facts read; found <Time at={state.computedAt} exact />
        </li>
      </ul>
    </details>
  )
}
