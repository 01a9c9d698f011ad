import { describe, expect, it } from 'vitest'
import { safeVersion, weaknessesOf } from '#lib/servers/known-weaknesses.ts'

const idsOf = (version: string) => weaknessesOf(version).map((line) => /CVE-[\d-]+/.exec(line)![0])

describe('the known weaknesses of client programs', () => {
  it.each([
    ['15.18', []],
    ['15.17', ['CVE-2026-6477']],
    ['15.13', ['CVE-2026-6477', 'CVE-2025-8714', 'CVE-2025-8715']],
    ['15.7', ['CVE-2026-6477', 'CVE-2025-8714', 'CVE-2025-8715', 'CVE-2024-7348']],
    ['17.5', ['CVE-2026-6477', 'CVE-2025-8714', 'CVE-2025-8715']],
    ['18beta2', ['CVE-2026-6477']],
    ['18.4', []],
    ['19.0', []],
    ['nonsense', []],
  ])('of %s are %j', (version, expected) => {
    expect(idsOf(version)).toEqual(expected)
  })

  it('are all there in a major that gets no fixes any more', () => {
    expect(idsOf('11.22')).toHaveLength(4)
    expect(safeVersion('11.22')).toBeNull()
    expect(safeVersion('15.3')).toBe('15.18')
  })
})
