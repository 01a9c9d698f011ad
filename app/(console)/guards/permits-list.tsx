'use client'

import Link from 'next/link'
import { useAction } from '#app/_web/use-action.ts'
import { Badge, type Tone } from '#components/ui/badge.tsx'
import { Button } from '#components/ui/button.tsx'
import { Code } from '#components/ui/code.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { statusWord } from '#components/ui/status-dot.tsx'
import { TableNameText } from '#components/ui/table-name.tsx'
import { Time, useNow } from '#components/ui/time.tsx'
import { can } from '#lib/auth/permissions.ts'
import { formatActorName } from '#lib/format/format-actor.ts'
import { countOf, formatCount } from '#lib/format/format-count.ts'
import { formatClock } from '#lib/format/format-duration.ts'
import { requestPermitWithdrawalAction } from './permits-actions.ts'
import type { PermitsData } from './permits-section.tsx'

type Permit = PermitsData['permits'][number]

const tones: Partial<Record<Permit['state'], Tone>> = {
  open: 'accent',
  opening: 'accent',
  'awaiting-approval': 'warn',
  approved: 'warn',
  refused: 'bad',
  failed: 'bad',
}

const isWaiting = (permit: Permit): boolean => ['awaiting-approval', 'approved'].includes(permit.state)

/** What happened to it, or what it waits for. */
function Outcome({ permit }: { permit: Permit }) {
  if (permit.state === 'used')
    return (
      <>
        {countOf(permit.usedRows ?? 0, 'row')} <Time at={permit.usedAt} /> by {permit.usedBy}
      </>
    )
  if (permit.state === 'withdrawn') return <>by {formatActorName(permit.endedBy ?? '')}</>
  if (permit.state === 'expired' && permit.expiresAt)
    return (
      <>
        unused, its time was over <Time at={permit.expiresAt} />
      </>
    )
  if (isWaiting(permit))
    return (
      <Link href={`/operations/${permit.id}`} className="text-accent hover:underline">
        {permit.state === 'approved' ? 'Run it' : 'Approve or refuse it'}
      </Link>
    )
  return (
    <>
      asked for <Time at={permit.createdAt} /> by {formatActorName(permit.requestedBy)}
    </>
  )
}

function Remaining({ until }: { until: string }) {
  const now = useNow()
  const left = Date.parse(until) - now
  return (
    <span role="timer" className="tabular-nums">
      {now === 0 ? '–:––' : left > 0 ? `${formatClock(left)} left` : 'its time is over'}
    </span>
  )
}

function OpenPermit({ permit, mayWithdraw }: { permit: Permit; mayWithdraw: boolean }) {
  const { run, pending } = useAction(requestPermitWithdrawalAction, { done: 'Withdrawal requested' })
  return (
    <div className="grid gap-2 rounded-md border border-accent/40 bg-accent-tint px-3 py-2">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm">
        <span className="mr-auto">
          Open for <span className="font-mono">{permit.role}</span>,{' '}
          {permit.expiresAt ? <Remaining until={permit.expiresAt} /> : null}
        </span>
        {mayWithdraw ? (
          <Button size="small" pending={pending} onClick={() => run({ permitId: permit.id })}>
            Withdraw
          </Button>
        ) : null}
      </div>
      {permit.statement ? (
        <Code label="the statement that uses it">{`begin;\n${permit.statement};\n-- the ${permit.act}s\ncommit;`}</Code>
      ) : (
        <p className="text-xs text-ink-soft">
          The statement that uses it is shown to {formatActorName(permit.requestedBy)}
          {permit.approvedBy ? ` and ${formatActorName(permit.approvedBy)}` : ''}.
        </p>
      )}
    </div>
  )
}

/** Every permit, newest first: what it is for, how it stands, and what to do about it. */
export function PermitsList({ data }: { data: PermitsData }) {
  if (data.permits.length === 0) {
    return (
      <EmptyState title="No permit was asked for yet">
        A delete that is larger than its budget and meant is asked for here.
      </EmptyState>
    )
  }
  return (
    <ul className="divide-y divide-line" aria-label="Permits">
      {data.permits.map((permit) => (
        <li key={permit.id} className="grid gap-1.5 px-4 py-2.5 text-sm">
          <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <Badge tone={tones[permit.state] ?? 'plain'}>{statusWord(permit.state)}</Badge>
            <Link href={`/operations/${permit.id}`} className="min-w-0 hover:underline">
              {permit.act} up to {formatCount(permit.maxRows)} of <TableNameText name={permit.table} />
            </Link>
            <span className="text-xs text-ink-faint">
              {permit.role ? `as ${permit.role}, ` : ''}
              {countOf(permit.minutes, 'minute')}
            </span>
            <span className="ml-auto text-xs text-ink-soft max-sm:ml-0 max-sm:w-full">
              <Outcome permit={permit} />
            </span>
          </div>
          {permit.predicate ? (
            <p className="font-mono text-xs break-words text-ink-soft">where {permit.predicate}</p>
          ) : null}
          {permit.state === 'open' ? (
            <OpenPermit permit={permit} mayWithdraw={can(data.role, 'permits.withdraw')} />
          ) : null}
        </li>
      ))}
    </ul>
  )
}
