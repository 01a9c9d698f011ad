'use client'

import { Check, CircleDashed } from 'lucide-react'
import type { ReactNode } from 'react'
import { Countdown } from '#components/operations/countdown.tsx'
import { FingerprintMark } from '#components/operations/fingerprint-mark.tsx'
import { StepUpButton } from '#components/operations/step-up-button.tsx'
import { Panel } from '#components/ui/card.tsx'
import { Time, useNow } from '#components/ui/time.tsx'
import { formatActorName } from '#lib/format/format-actor.ts'
import { stepUpSubject } from '#lib/operations/bound-to.ts'
import { approveOperationAction, proveStepUpAction, runOperationAction } from '../actions.ts'
import { AskForApproval } from './ask-for-approval.tsx'
import { CancelButton, RefuseButton } from './end-buttons.tsx'
import type { OperationData } from './operation-screen.tsx'

/** Who has decided what about this one plan, and what the person looking can do now. */
export function DecisionPanel({ data }: { data: OperationData }) {
  const { operation, acts } = data
  const { fingerprint } = operation
  const why = acts.approve.why ?? acts.run.why
  const waits = operation.status === 'awaiting-approval'
  return (
    <Panel title="Decision" about="Two people, one plan, one run">
      <div className="grid gap-3">
        {fingerprint ? (
          <div className="rounded-md bg-sunken px-3 py-2">
            <FingerprintMark of={fingerprint} className="text-2xl font-semibold" />
            <p className="text-xs text-ink-soft">
              Both people must see the same mark. It stands for exactly this plan.
            </p>
          </div>
        ) : null}
        {why ? <p className="rounded-md border border-line px-3 py-2 text-sm text-ink-soft">{why}</p> : null}
        {waits && operation.requestedByUserId === data.userId ? <AskForApproval data={data} /> : null}
        <Acts data={data} />
        <ol className="grid gap-2 text-sm">
          <Step done title="Requested">
            {formatActorName(operation.requestedBy)}, <Time at={operation.createdAt} />
            <span className="mt-0.5 block text-sm break-words text-ink">{operation.reason}</span>
          </Step>
          <Step done={operation.summary !== null} title="Planned">
            {operation.plannedAt ? <Time at={operation.plannedAt} /> : 'being computed'}
          </Step>
          <Step
            done={operation.approvedBy !== null || operation.approvalMode === 'break-glass'}
            title="Approved"
          >
            <Approval data={data} />
          </Step>
          <Step done={operation.startedAt !== null} title="Run">
            {operation.startedAt ? (
              <>
                {formatActorName(operation.runBegunBy ?? '')}, <Time at={operation.startedAt} />
              </>
            ) : operation.status === 'approved' && operation.runBy ? (
              <RunTime runFrom={operation.runFrom} runBy={operation.runBy} />
            ) : (
              'not begun'
            )}
          </Step>
        </ol>
      </div>
    </Panel>
  )
}

/** Whoever approved alone waits; then there is a time within which it may begin. */
function RunTime({ runFrom, runBy }: { runFrom: string | null; runBy: string }) {
  const now = useNow()
  const waits = runFrom !== null && now > 0 && Date.parse(runFrom) > now
  return waits ? (
    <>
      not before <Countdown until={runFrom} over="now" /> from now
    </>
  ) : (
    <>
      within <Countdown until={runBy} over="nothing: the time is over" />
    </>
  )
}

function Approval({ data: { operation } }: { data: OperationData }) {
  if (operation.approvalMode === 'break-glass') {
    return (
      <>
        by the operator at the host, alone, <Time at={operation.approvedAt} />
      </>
    )
  }
  if (operation.approvedBy) {
    return (
      <>
        {formatActorName(operation.approvedBy)}, <Time at={operation.approvedAt} />
      </>
    )
  }
  if (!operation.needsApproval) return 'not needed for this act'
  if (operation.status === 'awaiting-approval' && operation.approveBy) {
    return (
      <>
        by a second person, within <Countdown until={operation.approveBy} over="nothing: the time is over" />
      </>
    )
  }
  return 'not yet'
}

function Step({ done, title, children }: { done: boolean; title: string; children: ReactNode }) {
  const Icon = done ? Check : CircleDashed
  return (
    <li className="flex gap-2">
      <Icon aria-hidden className={`mt-0.5 size-4 shrink-0 ${done ? 'text-good' : 'text-ink-faint'}`} />
      <div className="min-w-0">
        <p className="font-medium">
          {title}
          <span className="sr-only">{done ? ': done' : ': not done'}</span>
        </p>
        <div className="text-xs break-words text-ink-soft">{children}</div>
      </div>
    </li>
  )
}

function Acts({ data: { operation, acts } }: { data: OperationData }) {
  const { id, fingerprint, targetName, sentence } = operation
  if (!fingerprint) return acts.cancel.allowed ? <CancelButton operationId={id} running={false} /> : null
  const shared = {
    boundTo: stepUpSubject(id, fingerprint),
    prove: proveStepUpAction,
    input: { operationId: id, fingerprint },
    size: 'large' as const,
    className: 'w-full',
  }
  const plan = (
    <div className="grid gap-1 rounded-md bg-sunken px-3 py-2 text-sm">
      <p>{sentence}</p>
      <FingerprintMark of={fingerprint} />
    </div>
  )
  return (
    <div className="grid gap-2">
      {acts.approve.allowed ? (
        <StepUpButton
          {...shared}
          label="Approve this plan"
          title="Approve this plan"
          about={`It may then be run once on ${targetName}, within 15 minutes.`}
          act={approveOperationAction}
          done="Approved"
        >
          {plan}
        </StepUpButton>
      ) : null}
      {acts.run.allowed ? (
        <StepUpButton
          {...shared}
          variant="danger"
          label={`Run on ${targetName}`}
          title={`Run on ${targetName} (${operation.environment})`}
          about="Writes to the database now, in one transaction. If the data changed since the plan, nothing is written."
          act={runOperationAction}
          typedName={{ value: targetName, field: 'targetName', label: 'Name of the target' }}
          done="The run has begun"
        >
          {plan}
        </StepUpButton>
      ) : null}
      <div className="flex gap-2 empty:hidden *:flex-1">
        {acts.refuse.allowed ? <RefuseButton operationId={id} /> : null}
        {acts.cancel.allowed ? (
          <CancelButton operationId={id} running={operation.status === 'running'} />
        ) : null}
      </div>
    </div>
  )
}
