import { describe, expect, it } from 'vitest'
import { coverDays } from '#lib/backups/calendar.ts'

const now = new Date('2024-03-01T12:00:00Z')
const at = (text: string) => new Date(text)

describe('the backup calendar', () => {
  it('calls a day covered only by an archive; failures alone are failed, and a day without anything is nothing', () => {
    const days = coverDays(
      [
        { kind: 'archive', status: 'expired', createdAt: at('2024-02-27T02:00:00Z') },
        { kind: 'snapshot', status: 'good', createdAt: at('2024-02-28T02:00:00Z') },
        { kind: 'archive', status: 'failed', createdAt: at('2024-02-28T03:00:00Z') },
        { kind: 'archive', status: 'failed', createdAt: at('2024-02-29T23:59:59Z') },
      ],
      now,
      5,
    )
    expect(days).toEqual([
      { day: '2024-02-26', state: 'none', label: 'nothing' },
      { day: '2024-02-27', state: 'good', label: '1 archive' },
      { day: '2024-02-28', state: 'partial', label: '1 snapshot, 1 failed' },
      { day: '2024-02-29', state: 'failed', label: '1 failed' },
      { day: '2024-03-01', state: 'none', label: 'nothing' },
    ])
  })
})
