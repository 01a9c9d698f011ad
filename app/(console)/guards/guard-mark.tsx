import { CircleCheck, CircleDashed, SquareX, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { classNames } from '#components/ui/class-names.ts'

export type MarkState = 'good' | 'partial' | 'gap' | 'unknown'

const looks = {
  good: { Icon: CircleCheck, colour: 'text-good', text: 'text-ink-soft' },
  partial: { Icon: TriangleAlert, colour: 'text-warn', text: 'text-warn' },
  gap: { Icon: SquareX, colour: 'text-bad', text: 'text-bad' },
  unknown: { Icon: CircleDashed, colour: 'text-idle', text: 'text-ink-faint' },
}

/** One cell of the coverage: a shape of its own for each state, so that it reads without colour, and the word. */
export function GuardMark({ state, children }: { state: MarkState; children: ReactNode }) {
  const { Icon, colour, text } = looks[state]
  return (
    <span
      className={classNames('inline-flex items-center gap-1.5 text-xs print:gap-1 print:text-[8pt]', text)}
    >
      <Icon aria-hidden className={classNames('size-3.5 shrink-0', colour)} strokeWidth={2.25} />
      <span className="text-left">{children}</span>
    </span>
  )
}
