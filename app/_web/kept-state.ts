import { getDb } from '#app/_web/db.ts'
import { keepFresh } from '#lib/status/keep-fresh.ts'
import { readState, type State } from '#lib/status/read-state.ts'

/** However many machines ask, this process reads its state once in so long. */
const freshMs = 5_000

export interface KeptState {
  state: State
  readSeconds: number
}

const held = globalThis as typeof globalThis & { holdfastKeptState?: () => Promise<KeptState> }

/** The state of at most five seconds ago; one reading for all who ask, in all of the process's bundles. */
export function keptState(): Promise<KeptState> {
  held.holdfastKeptState ??= keepFresh(freshMs, async () => {
    const begun = performance.now()
    const state = await readState(getDb())
    return { state, readSeconds: (performance.now() - begun) / 1000 }
  })
  return held.holdfastKeptState()
}
