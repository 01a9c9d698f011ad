'use client'

import { Download, Printer } from 'lucide-react'
import type { Loaded } from '#app/_web/read.ts'
import { useLoaded } from '#app/_web/use-loaded.ts'
import { VerdictBadge } from '#components/deployments/verdict-badge.tsx'
import { Button } from '#components/ui/button.tsx'
import { Card, Panel } from '#components/ui/card.tsx'
import { Code } from '#components/ui/code.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { PhaseList } from '#components/ui/phase-list.tsx'
import { Refusal } from '#components/ui/refusal.tsx'
import { StatusDot, statusWord } from '#components/ui/status-dot.tsx'
import { Duration, Time } from '#components/ui/time.tsx'
import type { Deployment, ValidationStep } from '#lib/deployments/types.ts'
import type { JobRun } from '#lib/jobs/types.ts'
import type { Target } from '#lib/targets/types.ts'

interface DeploymentData {
  deployment: Deployment
  target: Target
  run: JobRun | null
}

/** One deployment's report: the verdict, why, each step with its evidence, and the SQL. Printable. */
export function ReportScreen({ loaded }: { loaded: Loaded<DeploymentData> }) {
  const { data } = useLoaded(loaded)
  const { deployment, target, run } = data
  return (
    <>
      <PageHeader
        title={`#${deployment.number} ${deployment.title}`}
        about={
          <>
            {target.name} · requested by {deployment.requestedBy} · <Time at={deployment.createdAt} exact />
          </>
        }
        actions={
          <>
            <Button onClick={() => window.print()}>
              <Printer aria-hidden /> Print
            </Button>
            <Button asChild>
              <a href={`/api/deployments/${deployment.id}/report`} download>
                <Download aria-hidden /> Markdown
              </a>
            </Button>
          </>
        }
      />
      <div className="grid gap-4">
        <Card className="grid gap-2 px-4 py-3">
          <VerdictBadge deployment={deployment} large />
          <ul className="grid gap-1 text-sm">
            {deployment.reasons.map((reason) => (
              <li key={reason}>{reason}</li>
            ))}
          </ul>
          {deployment.error ? (
            <Refusal of={{ reason: deployment.error.message, hint: deployment.error.hint }} />
          ) : null}
        </Card>
        {run ? (
          <Panel title="Validation under way">
            <PhaseList run={run} />
          </Panel>
        ) : null}
        <Panel title="Steps" flush>
          <ol>
            {deployment.steps.map((step) => (
              <StepRow key={step.name} step={step} />
            ))}
          </ol>
          {deployment.steps.length === 0 ? (
            <p className="px-4 py-3 text-sm text-ink-soft">No step has ended yet.</p>
          ) : null}
        </Panel>
        {deployment.request.migration ? (
          <Panel title="Migration">
            <Code label="migration">{deployment.request.migration}</Code>
          </Panel>
        ) : null}
        {deployment.request.rollback ? (
          <Panel title="Rollback">
            <Code label="rollback">{deployment.request.rollback}</Code>
          </Panel>
        ) : null}
      </div>
    </>
  )
}

const stepLooks: Record<ValidationStep['status'], string> = {
  passed: 'passed',
  warning: 'inconclusive',
  failed: 'failed',
  skipped: 'silenced',
  'not-run': 'no-data',
}

function StepRow({ step }: { step: ValidationStep }) {
  return (
    <li className="grid gap-1 border-b border-line px-4 py-2.5 last:border-b-0">
      <div className="flex flex-wrap items-baseline gap-x-3">
        <StatusDot status={stepLooks[step.status]} label={statusWord(step.name)} className="font-medium" />
        <span className="text-xs text-ink-faint">{statusWord(step.status)}</span>
        <span className="ml-auto text-xs text-ink-soft">
          <Duration ms={step.durationMs} />
        </span>
      </div>
      <p className="text-sm text-ink-soft">{step.details}</p>
      {step.evidence.length > 0 ? (
        <ul className="grid gap-0.5 border-l-2 border-line pl-3 font-mono text-xs text-ink-soft">
          {step.evidence.map((line) => (
            <li key={line} className="break-words">
              {line}
            </li>
          ))}
        </ul>
      ) : null}
    </li>
  )
}
