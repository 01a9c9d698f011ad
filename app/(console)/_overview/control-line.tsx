import Link from 'next/link'
import type { Wire } from '#app/_web/wire.ts'
import { Time } from '#components/ui/time.tsx'
import type { Overview } from '#lib/overview/types.ts'

/** Holdfast's own database, in a line: who keeps the backups is itself lost without one. */
export function ControlLine({ overview: { control, target } }: { overview: Wire<Overview> }) {
  if (!control || control.name === target.name) return null
  return (
    <p className="text-xs text-ink-faint">
      <Link
        href={`/backups?target=${encodeURIComponent(control.name)}`}
        className="font-medium text-accent hover:underline"
      >
        Holdfast’s own database
      </Link>
      :{' '}
      {control.archivedAt ? (
        <>
          archived <Time at={control.archivedAt} />
        </>
      ) : (
        'no archive yet'
      )}
      {control.provenAt ? (
        <>
          , restored and proven <Time at={control.provenAt} />
        </>
      ) : (
        ', not proven yet'
      )}
      .
    </p>
  )
}
