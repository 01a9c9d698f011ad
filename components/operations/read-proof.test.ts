import { describe, expect, it } from 'vitest'
import { readProof } from '#components/operations/read-proof.ts'
import type { PlanSummary } from '#lib/operations/types.ts'

const summary: PlanSummary = {
  sentence: '',
  tables: [{ table: 'a.b', missing: 5, changed: 3, extra: 2, newer: 1, samples: [], notes: [] }],
  statements: [],
  warnings: [],
  estimateMs: null,
  promisedRows: 5,
}
const done = { tables: [{ table: 'a.b', inserted: 5, updated: 0, deleted: 0 }], sequences: [] }

describe('what a result proves', () => {
  it('sets what was done beside what was promised, as far as the mode says it', () => {
    const promised = (rows: string) => readProof(summary, { rows }, done)!.tables[0]!.promised
    expect(promised('missing')).toBe(5)
    expect(promised('all')).toBe(10)
    // Of changed rows some may stay as they are; the plan's counts do not say how many.
    expect(promised('changed')).toBeNull()
    expect(readProof(summary, { rows: 'missing' }, done)!.tables[0]).toMatchObject({
      done: 5,
      how: '5 put back',
      before: null,
    })
  })

  it('claims nothing that the result does not say', () => {
    expect(readProof(summary, {}, done)).toMatchObject({ guards: null, health: null, kept: null, copy: null })
    expect(readProof(summary, {}, { ...done, healthProblem: 'no worker' })!.health).toBe('no worker')
    for (const result of [null, { permit: 1 }, { tables: 13 }, 'text'])
      expect(readProof(summary, {}, result)).toBeNull()
  })
})
