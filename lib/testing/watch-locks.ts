import type postgres from 'postgres'
import { expect, vi } from 'vitest'
import { loadSql } from '#lib/sql/load-sql.ts'

const locksSql = loadSql(new URL('./sql/blocked_guards.sql', import.meta.url))

interface SeenLocks {
  /** How often a session of Holdfast was seen waiting for an application's table. */
  blocked: number
  /** Locks on other tables of the application that it held meanwhile. */
  heldWhileWaiting: string[]
  longestWaitMs: number
}

/** Looks at pg_locks all the time, until it is stopped. */
export function watchLocks(sql: postgres.Sql): { untilBlocked(): Promise<void>; stop(): Promise<SeenLocks> } {
  const seen: SeenLocks = { blocked: 0, heldWhileWaiting: [], longestWaitMs: 0 }
  let watching = true
  const look = async () => {
    while (watching) {
      const rows = await sql.unsafe<{ held: string[]; waitedMs: number }[]>(locksSql)
      for (const { held, waitedMs } of rows) {
        seen.blocked++
        seen.heldWhileWaiting.push(...held)
        seen.longestWaitMs = Math.max(seen.longestWaitMs, waitedMs)
      }
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    return seen
  }
  const done = look()
  return {
    /** Until a session of Holdfast is seen waiting from now on. */
    async untilBlocked() {
      const before = seen.blocked
      await vi.waitFor(() => expect(seen.blocked).toBeGreaterThan(before), { timeout: 10_000, interval: 5 })
    },
    stop() {
      watching = false
      return done
    },
  }
}
