'use client'

import { useSyncExternalStore } from 'react'
import { Input } from '#components/ui/field.tsx'
import { formatLocal } from '#lib/format/format-time.ts'

const never = () => () => {}

/** The viewer's zone, `Europe/Berlin`; empty on the server, which does not know it. */
export const useZone = (): string =>
  useSyncExternalStore(
    never,
    () => Intl.DateTimeFormat().resolvedOptions().timeZone,
    () => '',
  )

/** A moment, written in the viewer's zone and kept as an instant. */
export function InstantInput({
  value,
  onChange,
  label,
}: {
  value: string | null
  onChange(instant: string | null): void
  /** Where no Field stands around it. */
  label?: string
}) {
  const zone = useZone()
  return (
    <Input
      type="datetime-local"
      aria-label={label}
      value={value && zone ? formatLocal(value).replace(' ', 'T') : ''}
      disabled={!zone}
      onChange={({ target }) => onChange(target.value ? new Date(target.value).toISOString() : null)}
    />
  )
}
