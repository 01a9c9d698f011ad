import { describe, expect, it } from 'vitest'
import { wordsOfState } from './state-words.ts'

const levels = [null, 'checksum', 'listed', 'restored', 'facts-proven'] as const
const statuses = ['queued', 'running', 'good', 'suspicious', 'failed', 'expiring', 'expired'] as const

describe('the words for a backup’s state', () => {
  it('say that facts are equal only of a good one whose facts were proven', () => {
    for (const kind of ['archive', 'snapshot'] as const) {
      for (const origin of ['holdfast', 'foreign'] as const) {
        for (const status of statuses) {
          for (const verification of levels) {
            const { means } = wordsOfState({ kind, origin, status, verification, error: null })
            expect(means.includes('every row count and checksum equal')).toBe(
              kind === 'archive' && status === 'good' && verification === 'facts-proven',
            )
          }
        }
      }
    }
  })

  it('name the drill as the next step of a good archive that was never restored', () => {
    const shown = { kind: 'archive', origin: 'holdfast', status: 'good', error: null } as const
    for (const verification of [null, 'checksum', 'listed'] as const) {
      expect(wordsOfState({ ...shown, verification }).next).toMatch(/^Drill it/)
    }
  })

  it('offer to accept one that shrank, never one that a drill found wrong', () => {
    const shown = {
      kind: 'archive',
      origin: 'holdfast',
      status: 'suspicious',
      verification: 'listed',
    } as const
    expect(wordsOfState({ ...shown, error: { code: 'suspicious' } }).next).toMatch(/Accept/)
    expect(wordsOfState({ ...shown, error: { code: 'drill-failed' } }).next).not.toMatch(/[Aa]ccept/)
  })
})
