import { classNames } from '#components/ui/class-names.ts'

/** Holds the place of what loads. */
export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden className={classNames('animate-pulse rounded-md bg-line/70', className)} />
}
