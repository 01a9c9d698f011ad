import { describe, expect, it } from 'vitest'
import { csvCell, formatCsv } from '#lib/format/csv.ts'

describe('formatCsv', () => {
  it.each(['=1+1', '+1', '-1', '@sum', '\t=1', ' =1', '＝1', '\r=1'])('disarms %j', (text) => {
    expect(csvCell(text).replace(/^"/, '')).toMatch(/^'/)
  })

  it('quotes commas, quotes and line breaks, and leaves numbers alone', () => {
    expect(formatCsv(['a', 'b'], [['x,"y"\nz', -5]])).toBe('a,b\r\n"x,""y""\nz",-5\r\n')
  })
})
