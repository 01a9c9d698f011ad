'use client'

import { ArrowLeft, Printer } from 'lucide-react'
import Link from 'next/link'
import type { ReactNode } from 'react'
import type { Loaded, ReadData } from '#app/_web/read.ts'
import { useLoaded } from '#app/_web/use-loaded.ts'
import type { Wire } from '#app/_web/wire.ts'
import type { operationRead } from '#app/(console)/operations/queries.ts'
import { DatabaseOutcome } from '#components/operations/database-outcome.tsx'
import { EventTimeline } from '#components/operations/event-timeline.tsx'
import { FingerprintMark } from '#components/operations/fingerprint-mark.tsx'
import { ProofTables } from '#components/operations/proof-tables.tsx'
import { TitledLines } from '#components/operations/titled-lines.tsx'
import { PageTarget } from '#components/shell/shell-context.tsx'
import { Button } from '#components/ui/button.tsx'
import { Panel } from '#components/ui/card.tsx'
import { Code } from '#components/ui/code.tsx'
import { useZone } from '#components/ui/instant-input.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { statusWord } from '#components/ui/status-dot.tsx'
import { Time } from '#components/ui/time.tsx'
import { formatActorName } from '#lib/format/format-actor.ts'
import { formatCount } from '#lib/format/format-count.ts'
import { formatDuration } from '#lib/format/format-duration.ts'
import { formatUtc } from '#lib/format/format-time.ts'
import { PlanTable } from './plan-table.tsx'

type Data = Wire<ReadData<typeof operationRead>>

/** An operation to be read afterwards and printed: who, why, what was promised, what was done, and the proof. */
export function ReportScreen({ loaded }: { loaded: Loaded<ReadData<typeof operationRead>> }) {
  const { data } = useLoaded(loaded)
  const { operation } = data
  const { summary } = operation
  const zone = useZone()
  return (
    <article className="mx-auto grid max-w-3xl gap-4 print:max-w-none print:gap-3">
      <PageTarget name={operation.targetName} />
      <PageHeader
        title={operation.sentence ?? `${operation.kind.replaceAll('-', ' ')}: no plan was made`}
        about={
          <>
            Report of operation <span className="font-mono">{operation.id}</span> on {operation.targetName} (
            {operation.environment}). Times {zone ? `in the zone ${zone}` : 'in UTC'}.
          </>
        }
        actions={
          <>
            <Button asChild>
              <Link href={`/operations/${operation.id}`}>
                <ArrowLeft aria-hidden />
                The operation
              </Link>
            </Button>
            <Button variant="primary" onClick={() => window.print()}>
              <Printer aria-hidden />
              Print
            </Button>
          </>
        }
      />
      <Panel title="Who, why and when">
        <Facts data={data} />
      </Panel>
      {summary ? (
        <Panel title="The plan" about={`${formatCount(summary.promisedRows)} rows promised, exactly`}>
          <div className="grid gap-3">
            <PlanTable summary={summary} />
            <TitledLines title="To know before" lines={summary.warnings} />
            <TitledLines title="Not covered by it" lines={summary.notCovered ?? []} />
            <TitledLines title="Locks" lines={summary.locks ?? []} />
          </div>
        </Panel>
      ) : null}
      {operation.result ? (
        <Panel title="What was done, and the proof">
          <div className="grid gap-3">
            <ProofTables summary={summary} request={operation.request} result={operation.result} />
            <DatabaseOutcome kind={operation.kind} result={operation.result} />
            <Undo data={data} />
          </div>
        </Panel>
      ) : (
        <Panel title="What was done">
          <p className="text-sm">
            {operation.status === 'running' || operation.status === 'verifying'
              ? 'It is under way.'
              : 'Nothing was written by it.'}
          </p>
        </Panel>
      )}
      {operation.error ? (
        <Panel title="Why it ended so">
          <p className="text-sm break-words">
            {operation.error.message} {operation.error.hint}
          </p>
        </Panel>
      ) : null}
      <Panel title="What happened">
        <EventTimeline events={operation.events} />
      </Panel>
      {summary && summary.statements.length > 0 ? (
        <Panel title="The exact SQL">
          <Code label="SQL">{summary.statements.join(';\n\n') + ';'}</Code>
        </Panel>
      ) : null}
    </article>
  )
}

const modeWords = {
  'two-person': 'two people',
  solo: 'one person alone (solo mode)',
  'break-glass': 'break-glass, without a second person',
}

function Facts({ data: { operation } }: { data: Data }) {
  const { startedAt, finishedAt } = operation
  return (
    <dl className="grid gap-x-4 gap-y-1.5 text-sm sm:grid-cols-[9rem_minmax(0,1fr)] print:grid-cols-[9rem_minmax(0,1fr)]">
      <Fact name="State">{statusWord(operation.status)}</Fact>
      <Fact name="Why">{operation.reason}</Fact>
      <Fact name="Incident">
        {operation.incidentId ? (
          <Link href={`/incidents/${operation.incidentId}`} className="text-accent hover:underline">
            #{operation.incidentNumber}
          </Link>
        ) : (
          'none'
        )}
      </Fact>
      <Fact name="Requested">
        {formatActorName(operation.requestedBy)}, <Moment at={operation.createdAt} />
      </Fact>
      <Fact name="Approved">
        {operation.approvedAt ? (
          <>
            {operation.approvedBy ? formatActorName(operation.approvedBy) : 'the operator at the host'},{' '}
            <Moment at={operation.approvedAt} /> ({modeWords[operation.approvalMode]})
          </>
        ) : operation.needsApproval ? (
          'by nobody'
        ) : (
          'not needed for this act'
        )}
      </Fact>
      <Fact name="Run">
        {startedAt ? (
          <>
            {formatActorName(operation.runBegunBy ?? '')}, <Moment at={startedAt} />
            {finishedAt ? `, took ${formatDuration(Date.parse(finishedAt) - Date.parse(startedAt))}` : ''}
          </>
        ) : (
          'not begun'
        )}
      </Fact>
      <Fact name="Fingerprint">
        {operation.fingerprint ? (
          <>
            <FingerprintMark of={operation.fingerprint} />{' '}
            <span className="block font-mono text-xs break-all text-ink-faint">{operation.fingerprint}</span>
          </>
        ) : (
          '—'
        )}
      </Fact>
    </dl>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-ink-faint">{name}</dt>
      <dd className="min-w-0 break-words max-sm:mb-1.5">{children}</dd>
    </>
  )
}

/** In the reader's zone, and in UTC so that two readers mean the same moment. */
const Moment = ({ at }: { at: string }) => (
  <>
    <Time at={at} exact /> <span className="text-xs text-ink-faint">({formatUtc(at)})</span>
  </>
)
function Undo({ data: { undo } }: { data: Data }) {
  const last = undo.undos.at(-1)
  return (
    <p className="text-sm">
      {last ? (
        <>
          Its undo:{' '}
          <Link href={`/operations/${last.id}/report`} className="text-accent hover:underline">
            operation {last.id.slice(0, 8)}
          </Link>
          , {statusWord(last.status)}.
        </>
      ) : undo.isPossible ? (
        'It can be undone, as one more operation.'
      ) : undo.expiredAt ? (
        <>
          What it would be undone with was removed <Time at={undo.expiredAt} exact />: its time was over.
        </>
      ) : (
        undo.instead
      )}
    </p>
  )
}
