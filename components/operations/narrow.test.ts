import { describe, expect, it } from 'vitest'
import {
  isPicked,
  narrowedChoices,
  nothingNarrowed,
  toggleRow,
  toggleTable,
} from '#components/operations/narrow.ts'

const chosen = ['public.a', 'public.b', 'public.c']

describe('a smaller plan', () => {
  it('has every chosen table but those that were taken out', () => {
    const narrow = toggleTable(nothingNarrowed, 'public.b')
    expect(narrowedChoices(narrow, chosen)).toEqual({ tables: ['public.a', 'public.c'] })
    expect(narrowedChoices(toggleTable(narrow, 'public.b'), chosen)).toEqual({ tables: chosen })
  })

  it('has only the ticked rows, by their whole key, and only their tables', () => {
    let narrow = toggleRow(nothingNarrowed, 'public.a', ['1', 'x'])
    narrow = toggleRow(narrow, 'public.a', ['2', 'x'])
    narrow = toggleRow(narrow, 'public.c', ['1'])
    narrow = toggleRow(narrow, 'public.a', ['1', 'x'])
    expect(isPicked(narrow, 'public.a', ['1', 'x'])).toBe(false)
    expect(isPicked(narrow, 'public.a', ['2', 'x'])).toBe(true)
    expect(narrowedChoices(narrow, chosen)).toEqual({
      tables: ['public.a', 'public.c'],
      picked: [
        { table: 'public.a', keys: [['2', 'x']] },
        { table: 'public.c', keys: [['1']] },
      ],
    })
  })

  it('forgets rows of a table that was taken out', () => {
    const narrow = toggleTable(toggleRow(nothingNarrowed, 'public.a', ['1']), 'public.a')
    expect(narrowedChoices(narrow, chosen)).toEqual({ tables: ['public.b', 'public.c'] })
  })
})
