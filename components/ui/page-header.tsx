import type { ReactNode } from 'react'

/** The top of a page: what it is, one line about it, and its acts. */
export function PageHeader({
  title,
  about,
  actions,
}: {
  title: ReactNode
  about?: ReactNode
  actions?: ReactNode
}) {
  return (
    <div className="mb-4 flex flex-wrap items-start gap-x-4 gap-y-2">
      <div className="mr-auto min-w-0">
        <h1 className="text-xl">{title}</h1>
        {about ? <p className="max-w-prose text-sm text-ink-soft">{about}</p> : null}
      </div>
      {actions ? (
        <div className="flex flex-wrap items-center gap-2" data-no-print>
          {actions}
        </div>
      ) : null}
    </div>
  )
}
