import { AppError } from '#lib/errors.ts'
import type { RestoreProgress } from '#lib/restores/from-store/restore-into-empty.ts'

export interface Phase {
  name: string
  durationMs: number
}

/** Work of the terminal's own, told on stderr by phase; Ctrl-C ends it. */
export async function withProgress<T>(
  work: (progress: RestoreProgress & { phases: Phase[] }) => Promise<T>,
): Promise<T> {
  const stop = new AbortController()
  const interrupt = () => stop.abort(new AppError('cancelled', 'Cancelled at the terminal.'))
  process.once('SIGINT', interrupt)
  const phases: Phase[] = []
  let begunAt = Date.now()
  let toldAt = 0
  let total: number | undefined
  const end = () => {
    const last = phases.at(-1)
    if (last) last.durationMs = Date.now() - begunAt
    begunAt = Date.now()
  }
  try {
    const result = await work({
      phases,
      signal: stop.signal,
      phase(name, of) {
        end()
        total = of
        phases.push({ name, durationMs: 0 })
        process.stderr.write(`${name} …\n`)
      },
      progress(done) {
        if (Date.now() - toldAt < 1000) return
        toldAt = Date.now()
        process.stderr.write(
          `  ${phases.at(-1)?.name ?? ''} ${done}${total === undefined ? '' : ` of ${total}`}\n`,
        )
      },
    })
    end()
    return result
  } finally {
    process.off('SIGINT', interrupt)
  }
}
