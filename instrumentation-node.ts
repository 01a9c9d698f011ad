import { liveHub } from '#app/_web/live-hub.ts'

const held = globalThis as typeof globalThis & { holdfastWatchesEnd?: boolean }

/**
 * Ends open event streams when the process is told to stop (Next waits for open responses without limit),
 * and ends the process when the one that started it is gone.
 */
export function watchForTheEnd(): void {
  if (held.holdfastWatchesEnd) return
  held.holdfastWatchesEnd = true
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => liveHub().end())
  if (process.channel) process.once('disconnect', () => process.exit(0))
}
