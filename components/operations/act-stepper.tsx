import { Check } from 'lucide-react'
import Link from 'next/link'
import { classNames } from '#components/ui/class-names.ts'

export interface ShownStep {
  key: string
  title: string
  /** What was chosen or done there, in a few words. */
  chosen: string | null
  state: 'done' | 'now' | 'ahead'
  /** The way back to it, while there is one. */
  href: string | null
}

/** Where one is on the way, what was chosen, and the way back. Folded on a phone. */
export function ActStepper({ label, steps }: { label: string; steps: readonly ShownStep[] }) {
  const at = steps.findIndex(({ state }) => state === 'now')
  const here = steps[at] ?? steps.at(-1)!
  return (
    <nav aria-label={label} className="min-w-0" data-no-print>
      <details className="group rounded-lg border border-line bg-surface shadow-soft lg:hidden">
        <summary className="grid min-h-11 cursor-pointer list-none gap-1.5 px-4 py-2.5 [&::-webkit-details-marker]:hidden">
          <span className="flex items-baseline gap-2 text-sm">
            <span className="font-medium">{here.title}</span>
            <span className="ml-auto text-xs whitespace-nowrap text-ink-faint">
              {at < 0 ? 'done' : `step ${at + 1} of ${steps.length}`}
            </span>
            <span aria-hidden className="text-xs text-accent group-open:hidden">
              all
            </span>
          </span>
          <span aria-hidden className="flex gap-1">
            {steps.map(({ key, state }) => (
              <span
                key={key}
                className={classNames(
                  'h-1.5 flex-1 rounded-full',
                  state === 'done' ? 'bg-good' : state === 'now' ? 'bg-accent' : 'bg-sunken',
                )}
              />
            ))}
          </span>
        </summary>
        <StepList steps={steps} className="border-t border-line px-2 py-2" />
      </details>
      <StepList steps={steps} className="max-lg:hidden" />
    </nav>
  )
}

function StepList({ steps, className }: { steps: readonly ShownStep[]; className: string }) {
  return (
    <ol className={classNames('grid gap-0.5', className)}>
      {steps.map((step, index) => (
        <li key={step.key} aria-current={step.state === 'now' ? 'step' : undefined}>
          {step.href ? (
            <Link href={step.href} className="flex min-h-11 gap-2.5 rounded-md px-2 py-1.5 hover:bg-sunken">
              <StepBody step={step} number={index + 1} />
            </Link>
          ) : (
            <div className="flex min-h-11 gap-2.5 px-2 py-1.5">
              <StepBody step={step} number={index + 1} />
            </div>
          )}
        </li>
      ))}
    </ol>
  )
}

function StepBody({ step: { title, chosen, state, href }, number }: { step: ShownStep; number: number }) {
  return (
    <>
      <span
        aria-hidden
        className={classNames(
          'mt-0.5 grid size-5 shrink-0 place-items-center rounded-full text-2xs font-semibold',
          state === 'done'
            ? 'bg-good-tint text-good'
            : state === 'now'
              ? 'bg-accent text-on-accent'
              : 'bg-sunken text-ink-faint',
        )}
      >
        {state === 'done' ? <Check className="size-3" /> : number}
      </span>
      <span className="min-w-0">
        <span
          className={classNames(
            'block text-sm',
            state === 'now' ? 'font-semibold' : state === 'ahead' ? 'text-ink-faint' : 'font-medium',
            href && 'text-accent',
          )}
        >
          {title}
          {state === 'done' ? <span className="sr-only">: done</span> : null}
        </span>
        {chosen ? (
          <span className="line-clamp-2 block text-xs break-words text-ink-soft">{chosen}</span>
        ) : null}
      </span>
    </>
  )
}
