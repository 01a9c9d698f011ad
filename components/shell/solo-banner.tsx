import { Time } from '#components/ui/time.tsx'

export interface SoloState {
  on: boolean
  since: string | null
}

/** On every page while one person alone may act, for everybody who looks, and not to be closed. */
export function SoloBanner({ solo }: { solo: SoloState }) {
  if (!solo.on) return null
  return (
    <div role="note" className="border-t border-warn/40 bg-warn-tint px-4 py-1.5 text-sm text-ink">
      <strong className="font-semibold text-warn">One person alone may act here.</strong> Solo mode was
      switched on <Time at={solo.since} />: whoever requests an operation may approve it, and it may run 15
      minutes later.
    </div>
  )
}
