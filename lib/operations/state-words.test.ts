import { describe, expect, it } from 'vitest'
import { describeState, type Standing } from '#lib/operations/state-words.ts'

const now = new Date('2026-01-02T00:00:00Z')
const ago = (ms: number) => new Date(now.getTime() - ms)
const running: Standing = {
  status: 'running',
  approvalMode: 'two-person',
  runFrom: null,
  runBy: null,
  startedAt: ago(5_000),
  error: null,
  summary: { estimateMs: 60_000 },
  runJob: { status: 'running', phase: 'write' },
}
const word = (changes: Partial<Standing>) => describeState({ ...running, ...changes }, now).word

describe('how an operation stands', () => {
  it('is in doubt, and never failed, while the target cannot say whether it committed', () => {
    const doubted = { ...running, error: { code: 'outcome-unknown', message: 'connection refused' } }
    expect(describeState(doubted, now)).toMatchObject({
      tone: 'bad',
      word: 'in doubt',
      sentence: expect.stringContaining('do not repeat'),
    })
  })

  it('is overdue after three times the estimate, and being settled when its process is gone', () => {
    expect(word({})).toBeNull()
    expect(word({ startedAt: ago(179_000) })).toBeNull()
    expect(word({ startedAt: ago(181_000) })).toBe('overdue')
    expect(word({ runJob: { status: 'failed', phase: null } })).toBe('being settled')
    expect(word({ startedAt: ago(31_000), runJob: { status: 'queued', phase: null } })).toBe(
      'waits for a worker',
    )
  })

  it('says who went ahead alone, and how long one has to wait', () => {
    const approved = { status: 'approved', startedAt: null, runJob: null } as const
    expect(word({ ...approved })).toBeNull()
    expect(word({ ...approved, approvalMode: 'break-glass' })).toBe('break-glass')
    const waits = describeState(
      { ...running, ...approved, approvalMode: 'solo', runFrom: ago(-300_000) },
      now,
    )
    expect(waits).toMatchObject({ word: 'waits', sentence: expect.stringContaining('5 min') })
    expect(word({ ...approved, approvalMode: 'solo', runFrom: ago(1) })).toBeNull()
  })

  it('says that rows are written where the proof failed', () => {
    const failed = { status: 'failed', error: { code: 'verification-failed', message: '' } } as const
    expect(word(failed)).toBe('written, not proven')
    expect(word({ status: 'failed', error: { code: 'failed', message: '' } })).toBeNull()
  })
})
