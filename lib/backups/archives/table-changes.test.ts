import { describe, expect, it } from 'vitest'
import { changeOfFacts } from '#lib/backups/archives/table-changes.ts'

const facts = (fingerprint: string, ...tables: [name: string, rows: number, checksum: string][]) => ({
  schemaFingerprint: fingerprint,
  tables: tables.map(([name, rows, checksum]) => ({
    schema: 'public',
    name,
    rows,
    checksum,
    columns: ['id'],
  })),
})

describe('a backup beside the one before', () => {
  it('tells table by table what came, grew, shrank, changed within, stayed and went', () => {
    const before = facts(
      's',
      ['a', 10, 'x'],
      ['b', 10, 'x'],
      ['c', 10, 'x'],
      ['d', 10, 'x'],
      ['gone', 7, 'x'],
    )
    const now = facts('t', ['a', 12, 'y'], ['b', 4, 'y'], ['c', 10, 'y'], ['d', 10, 'x'], ['new', 1, 'x'])
    const change = changeOfFacts(now, before)
    expect(change.tables.map(({ table, change: how }) => [table, how])).toEqual([
      ['public.a', 'more'],
      ['public.b', 'fewer'],
      ['public.c', 'changed'],
      ['public.d', 'same'],
      ['public.new', 'new'],
    ])
    expect(change).toMatchObject({
      gone: [{ table: 'public.gone', rows: 7 }],
      rows: 37,
      rowsBefore: 47,
      schemaChanged: true,
    })
  })

  it('claims no change where there is nothing to compare with', () => {
    expect(changeOfFacts(facts('s', ['a', 1, 'x']), null)).toMatchObject({
      tables: [{ rowsBefore: null, change: null }],
      rowsBefore: null,
      schemaChanged: null,
      gone: [],
    })
  })
})
