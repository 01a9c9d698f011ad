import type { ComponentProps, ReactNode } from 'react'
import { classNames } from '#components/ui/class-names.ts'

/** A bordered surface. For a titled part of a page use Panel. */
export function Card({ className, ...rest }: ComponentProps<'div'>) {
  return (
    <div
      className={classNames('rounded-lg border border-line bg-surface shadow-soft', className)}
      {...rest}
    />
  )
}

/** A titled part of a page. `flush` lets a table or list reach the edges. */
export function Panel({
  title,
  about,
  actions,
  flush = false,
  className,
  children,
  id,
}: {
  title: ReactNode
  about?: ReactNode
  actions?: ReactNode
  flush?: boolean
  className?: string
  children: ReactNode
  id?: string
}) {
  return (
    <section
      id={id}
      className={classNames(
        'min-w-0 scroll-mt-20 overflow-clip rounded-lg border border-line bg-surface shadow-soft',
        className,
      )}
    >
      <header className="flex min-h-11 flex-wrap items-center gap-x-3 gap-y-1 border-b border-line px-4 py-2">
        <div className="min-w-0 flex-1 basis-40">
          <h2 className="text-sm">{title}</h2>
          {about ? <p className="text-xs text-ink-faint">{about}</p> : null}
        </div>
        {actions ? (
          <div className="flex flex-wrap items-center gap-2" data-no-print>
            {actions}
          </div>
        ) : null}
      </header>
      <div className={flush ? 'min-w-0' : 'min-w-0 px-4 py-3'}>{children}</div>
    </section>
  )
}

/** A number with its name, linked to its evidence where there is a place for it. */
export function Stat({
  label,
  value,
  note,
  tone = 'plain',
}: {
  label: ReactNode
  value: ReactNode
  note?: ReactNode
  tone?: 'plain' | 'good' | 'warn' | 'bad'
}) {
  const tones = { plain: 'text-ink', good: 'text-good', warn: 'text-warn', bad: 'text-bad' }
  return (
    <div className="min-w-0">
      <div className="text-xs text-ink-faint">{label}</div>
      <div className={classNames('text-xl font-semibold tracking-tight', tones[tone])}>{value}</div>
      {note ? <div className="text-xs text-ink-soft">{note}</div> : null}
    </div>
  )
}
