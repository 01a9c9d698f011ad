import type { ReactNode } from 'react'

/** Room for the labels around the picture, as the live chart has it: nothing jumps when that takes its place. */
const room = { top: 6, right: 10, bottom: 30, left: 54 }

/** Where a picture without the chart library is drawn. */
export function StillFrame({ children }: { children: ReactNode }) {
  return (
    <div className="relative h-full text-[11px] leading-none text-ink-faint">
      <div className="absolute" style={room}>
        {children}
      </div>
    </div>
  )
}
