'use client'

import type { Wire } from '#app/_web/wire.ts'
import { Time } from '#components/ui/time.tsx'
import type { Explanation } from '#lib/alerts/telling/explain-telling.ts'
import { countOf } from '#lib/format/format-count.ts'

/** Who would be told, step by step, with the times. */
export function ExplainedSteps({ explanation }: { explanation: Wire<Explanation> }) {
  const { steps, silence, repeatMinutes } = explanation
  return (
    <div className="grid gap-2 text-sm">
      {silence ? (
        <p>
          Silent until <Time at={silence.until} exact />: {silence.reason}
        </p>
      ) : null}
      {steps.length === 0 ? (
        <p className="text-ink-soft">Nothing more is due: the chain is at its end.</p>
      ) : null}
      <ol className="grid gap-2 border-l-2 border-line pl-3">
        {steps.map((step) => (
          <li key={`${step.kind}${step.step}`}>
            <Time at={step.at} exact className="text-xs text-ink-faint" />{' '}
            <span className="text-xs text-ink-faint">
              {step.kind === 'reminded' ? 'again, ' : ''}step {step.step}
              {step.heldBy ? `, after “${step.heldBy}”` : ''}
            </span>
            <p>
              {step.tells.length > 0 ? step.tells.join(', ') : <span className="text-warn">nobody</span>}
              {step.missing.length > 0 ? (
                <span className="block text-xs text-warn">{step.missing.join('; ')}</span>
              ) : null}
            </p>
          </li>
        ))}
      </ol>
      {steps.length === 0 ? null : repeatMinutes !== null ? (
        <p className="text-xs text-ink-faint">
          It begins again {countOf(repeatMinutes, 'minute')} after the last step. Whoever acknowledges ends
          it.
        </p>
      ) : (
        <p className="text-xs text-ink-faint">Whoever acknowledges ends it.</p>
      )}
    </div>
  )
}
