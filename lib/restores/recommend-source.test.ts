import { describe, expect, it } from 'vitest'
import { recommendSource } from '#lib/restores/recommend-source.ts'

const at = (hour: number): Date => new Date(Date.UTC(2026, 2, 4, hour))
const backups = [
  { id: 'late', kind: 'snapshot' as const, takenAt: at(14) },
  { id: 'archive', kind: 'archive' as const, takenAt: at(10) },
  { id: 'snapshot', kind: 'snapshot' as const, takenAt: at(10) },
]

describe('recommendSource', () => {
  it('takes the journal when the guard saw every lost row go', () => {
    const losses = [{ table: 'a', rows: 3, evidence: 'journal' as const }]
    expect(recommendSource({ backups, losses, beganAt: at(12) }).source).toBe('journal')
  })

  it('never takes a backup from after the loss while there is one from before it', () => {
    const losses = [{ table: 'a', rows: 3, evidence: 'row-counts' as const }]
    expect(recommendSource({ backups, losses, beganAt: at(12) }).source).toBe('snapshot')
  })

  it('says plainly when there is nothing to restore from', () => {
    expect(recommendSource({ backups: [], losses: [], beganAt: null })).toMatchObject({ source: null })
  })
})
