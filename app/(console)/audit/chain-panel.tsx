'use client'

import type { ReadData } from '#app/_web/read.ts'
import { useAction } from '#app/_web/use-action.ts'
import type { Wire } from '#app/_web/wire.ts'
import { Button } from '#components/ui/button.tsx'
import { Panel } from '#components/ui/card.tsx'
import { Refusal } from '#components/ui/refusal.tsx'
import { StatusDot } from '#components/ui/status-dot.tsx'
import { Time } from '#components/ui/time.tsx'
import { can } from '#lib/auth/permissions.ts'
import type { Role } from '#lib/context.ts'
import { formatCount } from '#lib/format/format-count.ts'
import { verifyAuditAction } from './actions.ts'
import type { auditRead } from './queries.ts'

/** Whether the chain holds, as last proven, and a button that proves it now. */
export function ChainPanel({
  chain,
  role,
}: {
  chain: Wire<ReadData<typeof auditRead>>['chain']
  role: Role
}) {
  const verifying = useAction(verifyAuditAction, { quiet: true })
  const last = chain.lastVerification
  return (
    <Panel
      title="Chain"
      about="Proven by computing every signature again, from the first entry to the last"
      actions={
        can(role, 'audit.verify') ? (
          <Button pending={verifying.pending} onClick={() => verifying.run({})}>
            Verify now
          </Button>
        ) : null
      }
    >
      <div className="grid gap-2" aria-live="polite">
        <div className="flex flex-wrap items-baseline gap-x-6 gap-y-1">
          {last ? (
            <StatusDot
              status={last.ok ? 'healthy' : 'failed'}
              label={last.ok ? 'The chain holds' : `Broken at entry ${last.firstBroken}`}
              className="text-base font-medium"
            />
          ) : (
            <StatusDot status="no-data" label="Not verified yet" className="text-base font-medium" />
          )}
          <span className="text-sm text-ink-soft">
            {formatCount(chain.seq)} entries
            {last ? (
              <>
                , verified <Time at={last.at} /> over {formatCount(last.entries)}
              </>
            ) : null}
          </span>
        </div>
        {last && !last.ok ? (
          <p className="text-sm text-bad">
            From entry {last.firstBroken} on, entries were changed, removed or inserted outside Holdfast.
            Compare with an exported copy, and treat whoever could write to the control database as suspect.
          </p>
        ) : null}
        <p className="text-xs text-ink-faint">
          Newest signature <span className="font-mono break-all">{chain.hash || '—'}</span>. Keep a copy
          elsewhere: a chain alone does not show that its end was cut off together with its counter.
        </p>
        <Refusal of={verifying.refusal} />
      </div>
    </Panel>
  )
}
