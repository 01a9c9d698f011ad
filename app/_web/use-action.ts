'use client'

import { useCallback, useRef, useState } from 'react'
import { tell } from '#components/ui/tell.ts'
import type { Outcome, Refusal } from '#lib/errors.ts'

const unreachable: Refusal = {
  code: 'unreachable',
  reason: 'The server did not answer.',
  hint: 'It is not known whether this was done. Look before you try again.',
}

export interface ActionState<T> {
  /** Runs it once at a time; a second call while it runs is ignored and returns null. */
  run(input: unknown): Promise<Outcome<T> | null>
  pending: boolean
  refusal: Refusal | null
  clear(): void
}

/**
 * Calls a server action. The refusal is kept for `<Refusal of={refusal} />`; with `quiet` unset it is told as a toast too.
 */
export function useAction<T>(
  serverAction: (input: unknown) => Promise<Outcome<T>>,
  options: { onDone?: (value: T) => void; done?: string; quiet?: boolean } = {},
): ActionState<T> {
  const [pending, setPending] = useState(false)
  const [refusal, setRefusal] = useState<Refusal | null>(null)
  const busy = useRef(false)
  const latest = useRef(options)
  latest.current = options

  const run = useCallback(
    async (input: unknown) => {
      if (busy.current) return null
      busy.current = true
      setPending(true)
      setRefusal(null)
      let outcome: Outcome<T>
      try {
        outcome = await serverAction(input)
      } catch {
        outcome = { ok: false, refusal: unreachable }
      }
      busy.current = false
      setPending(false)
      const { onDone, done, quiet } = latest.current
      if (outcome.ok) {
        if (done) tell('success', done)
        onDone?.(outcome.value)
      } else {
        setRefusal(outcome.refusal)
        if (!quiet) tell('error', outcome.refusal.reason, outcome.refusal.hint)
        if (outcome.refusal.code === 'session-ended') window.location.assign('/sign-in?ended=1')
      }
      return outcome
    },
    [serverAction],
  )
  return { run, pending, refusal, clear: () => setRefusal(null) }
}
