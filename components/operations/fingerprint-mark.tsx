import { Fingerprint } from 'lucide-react'
import { classNames } from '#components/ui/class-names.ts'
import { shortFingerprint } from '#lib/operations/bound-to.ts'

/** The plan's fingerprint in the short form that two people compare; the whole one is in the title. */
export function FingerprintMark({ of: fingerprint, className }: { of: string; className?: string }) {
  return (
    <span
      className={classNames('inline-flex items-center gap-2 font-mono tracking-wider', className)}
      title={fingerprint}
    >
      <Fingerprint aria-hidden className="size-4 text-ink-faint" />
      {shortFingerprint(fingerprint)}
    </span>
  )
}
