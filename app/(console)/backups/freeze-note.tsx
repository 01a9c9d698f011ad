import Link from 'next/link'
import { countOf } from '#lib/format/format-count.ts'

/** Nothing expires: said on every page of backups, cleared on the page about storage. */
export function FreezeNote({ target, freezes }: { target: string; freezes: number }) {
  if (freezes === 0) return null
  return (
    <div role="status" className="rounded-md border border-warn/50 bg-warn-tint px-4 py-2.5 text-sm">
      <span className="font-medium">Retention is frozen:</span> nothing of {target} expires because of{' '}
      {countOf(freezes, 'anomaly', 'anomalies')}.{' '}
      <Link
        href={`/backups/storage?target=${encodeURIComponent(target)}`}
        className="font-medium text-accent hover:underline"
      >
        Look at it
      </Link>
    </div>
  )
}
