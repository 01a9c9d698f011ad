import Link from 'next/link'

/** Nothing expires, and why: said above the backups, cleared on the page about storage. */
export function FreezeNote({ target, because }: { target: string; because: readonly string[] }) {
  if (because.length === 0) return null
  return (
    <div role="status" className="rounded-md border border-warn/50 bg-warn-tint px-4 py-2.5 text-sm">
      <span className="font-medium">Nothing of {target} expires now.</span> {because.join(' ')}{' '}
      <Link
        href={`/backups/storage?target=${encodeURIComponent(target)}`}
        className="font-medium text-accent hover:underline"
      >
        Look at it
      </Link>
    </div>
  )
}
