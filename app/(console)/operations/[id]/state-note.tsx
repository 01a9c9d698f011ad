'use client'

import { TriangleAlert } from 'lucide-react'
import Link from 'next/link'
import { classNames } from '#components/ui/class-names.ts'
import { StatusDot } from '#components/ui/status-dot.tsx'
import { useNow } from '#components/ui/time.tsx'
import { formatActorName } from '#lib/format/format-actor.ts'
import { describeState } from '#lib/operations/state-words.ts'
import type { OperationData } from './operation-screen.tsx'

const shortId = (id: string): string => id.slice(0, 8)

/** Its state, where it acts, and what it belongs to. */
export function StateLine({ data: { operation } }: { data: OperationData }) {
  const now = useNow(5_000)
  const { word, tone } = describeState(operation, new Date(now))
  const linked = 'text-accent hover:underline'
  return (
    <span className="flex flex-wrap items-center gap-x-4 gap-y-1">
      <StatusDot
        status={tone === 'bad' ? 'failed' : operation.status}
        {...(word ? { label: word } : {})}
        className="font-medium text-ink"
      />
      <span>
        {operation.kind.replaceAll('-', ' ')} on <strong className="text-ink">{operation.targetName}</strong>{' '}
        ({operation.environment})
      </span>
      {operation.incidentId ? (
        <Link href={`/incidents/${operation.incidentId}`} className={linked}>
          Incident #{operation.incidentNumber}
        </Link>
      ) : null}
      {operation.undoesOperationId ? (
        <Link href={`/operations/${operation.undoesOperationId}`} className={linked}>
          undoes operation {shortId(operation.undoesOperationId)}
        </Link>
      ) : null}
      {operation.undoneBy ? (
        <Link href={`/operations/${operation.undoneBy}`} className={linked}>
          its undo: operation {shortId(operation.undoneBy)}
        </Link>
      ) : null}
    </span>
  )
}

const modeSentences = {
  solo: 'Approved by one person alone: this installation has declared that it has no second one. Everybody was told.',
  'break-glass':
    'Break-glass: the operator at the host went ahead without a second person. It is in the audit, and everybody was told.',
}

/** What must not be overlooked: one person alone, or a state that the status’s word would make look better than it is. */
export function StateNote({ data: { operation } }: { data: OperationData }) {
  const now = useNow(5_000)
  const { tone, sentence } = describeState(operation, new Date(now))
  const mode = operation.approvalMode === 'two-person' ? null : modeSentences[operation.approvalMode]
  return (
    <>
      {mode ? (
        <Note tone="bad">
          {mode}
          {operation.approvedBy ? ` Approved by ${formatActorName(operation.approvedBy)}.` : ''}
        </Note>
      ) : null}
      {sentence && now > 0 ? <Note tone={tone === 'bad' ? 'bad' : 'warn'}>{sentence}</Note> : null}
    </>
  )
}

function Note({ tone, children }: { tone: 'warn' | 'bad'; children: React.ReactNode }) {
  return (
    <p
      role="status"
      className={classNames(
        'flex gap-2 rounded-md border px-4 py-2.5 text-sm font-medium',
        tone === 'bad' ? 'border-bad bg-bad-tint' : 'border-warn/50 bg-warn-tint',
      )}
    >
      <TriangleAlert
        aria-hidden
        className={classNames('mt-0.5 size-4 shrink-0', tone === 'bad' ? 'text-bad' : 'text-warn')}
      />
      <span className="min-w-0">{children}</span>
    </p>
  )
}
