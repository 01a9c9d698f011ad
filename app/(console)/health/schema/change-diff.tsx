import { Badge } from '#components/ui/badge.tsx'
import { classNames } from '#components/ui/class-names.ts'
import type { ShownVersion } from './schema-screen.tsx'

type Change = ShownVersion['changes'][number]

const signWords: Record<string, string> = { '−': 'removed', '+': 'added', ' ': 'unchanged' }

/** One changed thing, with what it was and what it is, line by line. */
export function ChangeDiff({ change, open }: { change: Change; open: boolean }) {
  return (
    <li className="min-w-0 rounded-md border border-line">
      <details open={open}>
        <summary className="flex cursor-pointer flex-wrap items-center gap-x-2 gap-y-1 px-3 py-1.5 text-sm hover:bg-raised max-sm:py-2.5">
          <span className="min-w-0 wrap-anywhere">{change.words}</span>
          {open ? <Badge tone={change.grave ? 'bad' : 'warn'}>unexplained</Badge> : null}
          {change.deployment !== null ? <Badge>#{change.deployment}</Badge> : null}
        </summary>
        <pre className="overflow-x-auto border-t border-line bg-sunken py-1 font-mono text-xs leading-5">
          {change.lines.map(({ sign, text }, index) => (
            <div
              // biome-ignore lint/suspicious/noArrayIndexKey: lines of a text that is never reordered
              key={index}
              className={classNames(
                'min-w-max px-3',
                sign === '−' && 'bg-bad-tint text-bad',
                sign === '+' && 'bg-good-tint text-good',
                sign === ' ' && 'text-ink-soft',
              )}
            >
              <span className="sr-only">{signWords[sign]}: </span>
              <span aria-hidden="true">{sign} </span>
              {text}
            </div>
          ))}
        </pre>
      </details>
    </li>
  )
}
