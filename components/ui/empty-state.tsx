import type { ReactNode } from 'react'
import { classNames } from '#components/ui/class-names.ts'

/** What stands where nothing is: what is therefore not protected or not known, and the next step. */
export function EmptyState({
  title,
  action,
  children,
  className,
}: {
  title: ReactNode
  children?: ReactNode
  action?: ReactNode
  className?: string
}) {
  return (
    <div
      className={classNames(
        'grid grid-cols-[minmax(0,1fr)] justify-items-center gap-2 px-6 py-8 text-center',
        className,
      )}
    >
      <p className="font-medium">{title}</p>
      {children ? <div className="max-w-[min(65ch,100%)] text-sm text-ink-soft">{children}</div> : null}
      {action ? <div className="mt-1 max-w-full">{action}</div> : null}
    </div>
  )
}
