import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { compareWithRecord, type GuardRecord } from '#lib/guards/compare-with-record.ts'
import { recordInstalled } from '#lib/guards/keep-guard-record.ts'
import { printScheme } from '#lib/guards/read-prints.ts'
import type { GuardObject } from '#lib/guards/types.ts'
import { loadSql } from '#lib/sql/load-sql.ts'

const object = (name: string, state: GuardObject['state']): GuardObject => ({
  table: null,
  object: name,
  state,
  problem: null,
  statement: '',
})
const installed = (prints: Record<string, string>): GuardRecord => ({ origin: 'installed', prints })

describe('what differs from what is wanted', () => {
  it('is older only where it is what was recorded', () => {
    const { isOlder } = compareWithRecord([], { a: '1', b: '3' }, installed({ a: '1', b: '2' }))
    expect(isOlder(object('a', 'different'))).toBe(true)
    expect(isOlder(object('b', 'different'))).toBe(false)
  })

  it('is never older where there is no print of it', () => {
    expect(compareWithRecord([], {}, installed({})).isOlder(object('a', 'different'))).toBe(false)
  })

  it('is never older without a record', () => {
    expect(compareWithRecord([], { a: '1' }, null).isOlder(object('a', 'different'))).toBe(false)
  })

  it('is older when it is missing and always was, and not when it was there', () => {
    const { isOlder } = compareWithRecord([], {}, installed({ a: '1' }))
    expect(isOlder(object('b', 'missing'))).toBe(true)
    expect(isOlder(object('a', 'missing'))).toBe(false)
  })
})

describe('what an installation records', () => {
  it('is what is as wanted; the rest keeps what was recorded before, and is never taken for installed', () => {
    const live = { a: 'new', b: 'changed by somebody', c: 'unknown' }
    const before = installed({ a: 'old', b: 'old', gone: 'old' })
    expect(recordInstalled(live, new Set(['b', 'c']), before).prints).toEqual({ a: 'new', b: 'old' })
  })

  it('takes nothing over from what was only found', () => {
    const before: GuardRecord = { origin: 'found', prints: { b: 'found' } }
    expect(recordInstalled({ b: 'changed' }, new Set(['b']), before)).toEqual(installed({}))
  })
})

describe('the prints', () => {
  it('have another scheme whenever they are taken otherwise: records of before cannot be compared with them', () => {
    const taken = loadSql(new URL('./sql/print_guards.sql', import.meta.url))
    expect([printScheme, createHash('sha256').update(taken).digest('hex').slice(0, 12)]).toEqual([
      1,
      '7d3c2f77e767',
    ])
  })
})
