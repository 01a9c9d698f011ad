export interface Told {
  signal: AbortSignal
  /** Resolves when somebody asked this process to stop. */
  stopped: Promise<void>
  end(): void
}

const parentLookMs = 1000

/** Listens for Ctrl-C, SIGTERM, a closed terminal, and the death of the npm that started this process. */
export function untilToldToStop(): Told {
  const told = new AbortController()
  const stop = () => told.abort(new Error('told to stop'))
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, stop)
  const parent = process.ppid
  // npm that is killed hard cannot pass the signal on; without it nobody would ever stop this process.
  const looking = process.env.npm_lifecycle_event
    ? setInterval(() => process.ppid !== parent && stop(), parentLookMs)
    : null
  looking?.unref()
  return {
    signal: told.signal,
    stopped: new Promise((resolve) => told.signal.addEventListener('abort', () => resolve(), { once: true })),
    end() {
      if (looking) clearInterval(looking)
      for (const signal of signals) process.off(signal, stop)
    },
  }
}
