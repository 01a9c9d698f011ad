'use client'

import { type ComponentType, useState } from 'react'

/**
 * A picture that can be pointed at, in the place of one that cannot: null until somebody points and its code is there.
 * The chart library is 115 kB on the wire, and no page needs it to be read. What cannot be loaded leaves the still one.
 */
export function useEnlivened<Props>(
  load: () => Promise<ComponentType<Props>>,
): [Live: ComponentType<Props> | null, enliven: () => void] {
  const [held, setHeld] = useState<{ Live: ComponentType<Props> } | null>(null)
  const enliven = () => {
    if (held) return
    load().then(
      (Live) => setHeld({ Live }),
      () => {},
    )
  }
  return [held?.Live ?? null, enliven]
}
