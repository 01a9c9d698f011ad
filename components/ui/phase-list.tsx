import { Progress } from '#components/ui/progress.tsx'
import { Refusal } from '#components/ui/refusal.tsx'
import { StatusDot, statusWord } from '#components/ui/status-dot.tsx'
import { Duration } from '#components/ui/time.tsx'
import { formatBytes } from '#lib/format/format-bytes.ts'
import { formatCount } from '#lib/format/format-count.ts'

/** A job run as it arrives in the browser. */
export interface ShownJobRun {
  status: string
  phase: string | null
  progressDone: number | null
  progressTotal: number | null
  phases: { name: string; startedAt: string; durationMs: number | null }[]
  error: { code: string; message: string; hint: string | null } | null
}

/** The phases of a job run with their durations; the last one with its progress while it runs, `bytes` where that counts bytes. */
export function PhaseList({ run, bytes = false }: { run: ShownJobRun; bytes?: boolean }) {
  const format = bytes ? formatBytes : formatCount
  const running = run.status === 'running'
  return (
    <div className="grid gap-2" aria-live="polite">
      {run.phases.length === 0 ? (
        <StatusDot status={run.status} label={run.status === 'queued' ? 'waiting for a worker' : undefined} />
      ) : null}
      <ol className="grid gap-1">
        {run.phases.map((phase, index) => {
          const last = index === run.phases.length - 1
          const now = last && running
          const failed = last && (run.status === 'failed' || run.status === 'cancelled')
          return (
            <li key={`${phase.name}-${phase.startedAt}`} className="grid gap-1">
              <div className="flex items-center gap-2">
                <StatusDot
                  status={now ? 'running' : failed ? run.status : 'succeeded'}
                  label={statusWord(phase.name)}
                />
                <span className="ml-auto text-xs text-ink-soft">
                  {now && run.progressTotal ? (
                    <span className="mr-2">
                      {format(run.progressDone)} / {format(run.progressTotal)}
                    </span>
                  ) : null}
                  <Duration ms={phase.durationMs} since={phase.startedAt} />
                </span>
              </div>
              {now ? (
                <Progress done={run.progressDone} total={run.progressTotal} label={statusWord(phase.name)} />
              ) : null}
            </li>
          )
        })}
      </ol>
      {run.error ? <Refusal of={{ reason: run.error.message, hint: run.error.hint }} /> : null}
    </div>
  )
}
