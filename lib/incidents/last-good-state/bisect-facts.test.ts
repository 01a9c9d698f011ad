import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bisectFacts, type FactsRead } from './bisect-facts.ts'

const isDrop = (table: string, from: FactsRead<number>, to: FactsRead<number>): boolean =>
  (to.rows.get(table) ?? 0) < (from.rows.get(table) ?? 0)

/** Backups whose one table has these rows. */
async function bisect(rows: readonly number[]) {
  const reads: number[] = []
  const read = await bisectFacts(
    rows.map((_, index) => index),
    async (index) => {
      reads.push(index)
      return new Map([['public.users', rows[index]!]])
    },
    isDrop,
  )
  return { reads, read }
}

describe('bisectFacts', () => {
  it('finds the two neighbours between which rows were lost, and reads each once and few of them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 2, maxLength: 400 }),
        fc.nat(),
        async (growths, where) => {
          const lostAt = 1 + (where % (growths.length - 1 || 1))
          let rows = 1_000
          const history = growths.map((growth, index) => {
            if (index === lostAt) rows = 0
            rows += index < lostAt ? growth : 0
            return rows
          })
          const { reads, read } = await bisect(history)
          const known = read.map(({ backup }) => backup)
          expect(known).toContain(lostAt - 1)
          expect(known).toContain(lostAt)
          expect(new Set(reads).size).toBe(reads.length)
          expect(reads.length).toBeLessThanOrEqual(3 + Math.ceil(Math.log2(growths.length)))
        },
      ),
      { numRuns: 200 },
    )
  })

  it('finds a drop between neighbours in any history that ends lower than it began', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(1_000), { minLength: 2, maxLength: 100 }), async (rows) => {
        fc.pre(rows.at(-1)! < rows[0]!)
        const { read } = await bisect(rows)
        const neighbours = read.slice(1).map((to, index) => ({ from: read[index]!, to }))
        expect(
          neighbours.some(
            ({ from, to }) => to.backup - from.backup === 1 && isDrop('public.users', from, to),
          ),
        ).toBe(true)
      }),
      { numRuns: 200 },
    )
  })

  it('reads the two ends alone where nothing was lost, and nothing where there is no backup', async () => {
    expect((await bisect([1, 5, 3, 9])).reads).toEqual([0, 3])
    expect((await bisect([7])).reads).toEqual([0])
    expect((await bisect([])).reads).toEqual([])
  })
})
