import { describe, expect, it } from 'vitest'
import { actsFor } from '#lib/operations/acts.ts'

const now = new Date('2026-01-02T00:00:00Z')
const ada = { id: 'ada', role: 'commander' as const, approverFrom: new Date('2026-01-01T00:00:00Z') }
const waiting = { status: 'awaiting-approval' as const, requestedByUserId: 'bob' }

describe('actsFor', () => {
  it('offers approval to a second person, and tells everybody else why not', () => {
    expect(actsFor(waiting, ada, now).approve).toEqual({ allowed: true, why: null })
    expect(actsFor({ ...waiting, requestedByUserId: 'ada' }, ada, now).approve.why).toContain('somebody else')
    expect(actsFor(waiting, { ...ada, role: 'viewer' }, now).approve.why).toContain('viewer')
    expect(actsFor(waiting, { ...ada, approverFrom: null }, now).approve.why).toContain('new')
    const later = { ...ada, approverFrom: new Date('2026-01-02T10:00:00Z') }
    expect(actsFor(waiting, later, now).approve.why).toContain('2026-01-02 10:00 UTC')
  })

  it('offers a viewer nothing', () => {
    for (const status of ['requested', 'awaiting-approval', 'approved', 'running'] as const) {
      const acts = actsFor({ ...waiting, status }, { ...ada, role: 'viewer' }, now)
      expect(Object.values(acts).map(({ allowed }) => allowed)).toEqual([false, false, false, false])
    }
  })

  it('offers running only what is approved, and ending only what has not ended', () => {
    const of = (status: 'approved' | 'running' | 'succeeded') => actsFor({ ...waiting, status }, ada, now)
    expect(of('approved')).toMatchObject({ run: { allowed: true }, refuse: { allowed: true } })
    expect(of('running')).toMatchObject({ run: { allowed: false }, cancel: { allowed: true } })
    expect(of('succeeded')).toMatchObject({ refuse: { allowed: false }, cancel: { allowed: false } })
  })

  it('lets the requester take it back, and the others refuse it', () => {
    const own = actsFor({ ...waiting, requestedByUserId: 'ada' }, ada, now)
    expect(own).toMatchObject({ refuse: { allowed: false }, cancel: { allowed: true } })
    expect(actsFor(waiting, ada, now)).toMatchObject({
      refuse: { allowed: true },
      cancel: { allowed: false },
    })
  })
})
