import { describe, expect, it } from 'vitest'
import { readFilters } from '#cli/row-filters.ts'

describe('the filters of a restore at the terminal', () => {
  it('are absent when they are not given', () => {
    expect(readFilters({})).toEqual({})
  })

  it('pick rows by one or several key values, of several tables, also odd ones', () => {
    expect(readFilters({ pick: 'public.orders:17,18; shop."a;b:c":17|1 ; t:[["a,b|c","x:y"]]' })).toEqual({
      picked: [
        { table: 'public.orders', keys: [['17'], ['18']] },
        { table: 'shop."a;b:c"', keys: [['17', '1']] },
        { table: 't', keys: [['a,b|c', 'x:y']] },
      ],
    })
    expect(readFilters({ pick: 't:2026-01-01 10:00:00' })).toEqual({
      picked: [{ table: 't', keys: [['2026-01-01 10:00:00']] }],
    })
  })

  it('map columns by quoted names too', () => {
    expect(
      readFilters({ map: 'public.orders.total=amount,shop."odd.t"."a=b"="x,y",public.orders.note=text' }),
    ).toEqual({
      renamed: { 'public.orders': { total: 'amount', note: 'text' }, 'shop."odd.t"': { 'a=b': 'x,y' } },
    })
  })

  it('refuse what says nothing, with an example', () => {
    for (const options of [
      { pick: 'public.orders' },
      { pick: 't:[1' },
      { map: 'total=amount' },
      { map: 'a.b.c' },
      { changedSince: 'soon' },
    ])
      expect(() => readFilters(options)).toThrow(/picks no row|not a list|maps no column|not a time/)
  })
})
