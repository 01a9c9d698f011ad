import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { allowedRows, type TriedEvent, tryBudget } from '#lib/guards/try-budget.ts'

const noon = Date.parse('2026-01-01T12:00:00Z')
let ids = 0
const change = (minute: number, rows: number | null, more: Partial<TriedEvent> = {}): TriedEvent => ({
  id: String(++ids),
  at: new Date(noon + minute * 60_000),
  outcome: 'passed',
  rows,
  largestStatementRows: null,
  role: 'app',
  application: null,
  statement: null,
  ...more,
})
const refused = (minute: number, rows: number | null) => change(minute, rows, { outcome: 'refused' })

describe('tryBudget', () => {
  it('names what would have been refused and by which limit, the narrowest first', () => {
    const trial = tryBudget({ statementRows: 10, transactionRows: 15, windowRows: 30, windowMinutes: 60 }, [
      change(0, 11),
      change(1, 16, { largestStatementRows: 8 }),
      change(2, 15, { largestStatementRows: 8 }),
      change(3, 10),
      change(4, 6),
    ])
    expect(trial.refused).toMatchObject([
      { limit: 'window', counted: 31, allowed: 30 },
      { limit: 'transaction', counted: 16, allowed: 15 },
      { limit: 'statement', counted: 11, allowed: 10 },
    ])
    expect(trial).toMatchObject({ events: 5, passed: [], unknown: 0 })
  })

  it('slides the window: what is older than it counts no more', () => {
    const budget = { windowRows: 10, windowMinutes: 60 }
    expect(tryBudget(budget, [change(0, 6), change(59, 6)]).refused).toHaveLength(1)
    expect(tryBudget(budget, [change(0, 6), change(60, 6)]).refused).toHaveLength(0)
    // What was refused never was deleted, so the third one has room.
    expect(tryBudget(budget, [change(0, 6), change(1, 6), change(2, 4)]).refused).toHaveLength(1)
  })

  it('names what was refused and would have passed, and counts it from then on', () => {
    const trial = tryBudget({ statementRows: 50, windowRows: 60 }, [
      refused(0, 40),
      refused(1, 51),
      change(2, 21),
      refused(3, null),
    ])
    expect(trial.passed.map((event) => event.rows)).toEqual([40])
    expect(trial.refused).toMatchObject([{ limit: 'window', counted: 61 }])
    expect(trial.unknown).toBe(1)
  })

  it('judges shares of the table, but not of a small one', () => {
    expect(allowedRows(100, 1, 5_000)).toBe(50)
    expect(allowedRows(10, 1, 5_000)).toBe(10)
    expect(allowedRows(undefined, 1, 999)).toBeNull()
    expect(tryBudget({ statementPercent: 1 }, [change(0, 51)], 5_000).refused).toHaveLength(1)
    expect(tryBudget({ statementPercent: 1 }, [change(0, 51)]).refused).toHaveLength(0)
  })

  it('without a limit refuses nothing; with nothing allowed refuses everything', () => {
    const events = fc.array(fc.tuple(fc.nat(5_000), fc.integer({ min: 1, max: 500 })))
    fc.assert(
      fc.property(events, (drawn) => {
        const changes = drawn.map(([minute, rows]) => change(minute, rows))
        expect(tryBudget({}, changes).refused).toEqual([])
        expect(tryBudget({ windowRows: 0 }, changes).refused).toHaveLength(changes.length)
      }),
    )
  })

  it('never lets more than the window through, whatever the order', () => {
    const events = fc.array(fc.tuple(fc.nat(300), fc.integer({ min: 1, max: 50 })), { maxLength: 60 })
    fc.assert(
      fc.property(events, fc.integer({ min: 1, max: 200 }), (drawn, windowRows) => {
        const changes = drawn.map(([minute, rows]) => change(minute, rows))
        const budget = { windowRows, windowMinutes: 30 }
        const out = new Set(tryBudget(budget, changes).refused.map(({ event }) => event.id))
        const left = changes.filter((event) => !out.has(event.id))
        for (const last of left) {
          const within = left.filter(
            ({ at }) => at <= last.at && at.getTime() > last.at.getTime() - 30 * 60_000,
          )
          expect(within.reduce((sum, event) => sum + event.rows!, 0)).toBeLessThanOrEqual(windowRows)
        }
      }),
    )
  })
})
