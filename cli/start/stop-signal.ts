import { commandOf, parentOf } from '#cli/start/process-tree.ts'

export interface Told {
  signal: AbortSignal
  /** Resolves when somebody asked this process to stop. */
  stopped: Promise<void>
  /** The work's result, unless the request to stop comes first: then it throws and lets the work go. */
  unless<T>(work: Promise<T>): Promise<T>
  end(): void
}

const parentLookMs = 1000

/** Listens for Ctrl-C, SIGTERM, a closed terminal, and the death of the npm that started this process. */
export function untilToldToStop(): Told {
  const told = new AbortController()
  const stop = () => told.abort(new Error('told to stop'))
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, stop)
  // npm that is killed hard cannot pass the signal on; without it nobody would ever stop this process.
  const starter = process.env.npm_lifecycle_event ? findStarter() : null
  const looking = starter ? setInterval(() => starter.isGone() && stop(), parentLookMs) : null
  looking?.unref()
  const stopped = new Promise<void>((resolve) => {
    told.signal.addEventListener('abort', () => resolve(), { once: true })
  })
  return {
    signal: told.signal,
    stopped,
    unless(work) {
      work.catch(() => {})
      return Promise.race([work, stopped.then(() => Promise.reject(told.signal.reason))])
    },
    end() {
      if (looking) clearInterval(looking)
      for (const signal of signals) process.off(signal, stop)
    },
  }
}

/** The npm that started this process: its parent, or the parent of the shell that npm put between. */
function findStarter(): { isGone(): boolean } {
  const parent = process.ppid
  if (!commandOf(parent).includes('cli/main.ts')) return { isGone: () => process.ppid !== parent }
  const npm = parentOf(parent)
  return { isGone: () => process.ppid !== parent || parentOf(parent) !== npm }
}
