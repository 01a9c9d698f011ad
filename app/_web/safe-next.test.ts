import { describe, expect, it } from 'vitest'
import { safeNext } from './safe-next.ts'

describe('where to go after signing in', () => {
  it.each(['/', '/incidents/12?target=shop', '/backups?target=a%20b'])('goes on to %s', (next) =>
    expect(safeNext(next)).toBe(next),
  )

  it.each([
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    'javascript:alert(1)',
    '/..//evil.example',
    '//',
    '/sign-in?next=/sign-in',
    undefined,
    [['/a', '/b']],
  ])('never follows %j', (next) => {
    const target = safeNext(next)
    expect(target.startsWith('/')).toBe(true)
    expect(new URL(target, 'https://here.example').host).toBe('here.example')
    expect(target).not.toMatch(/^\/sign-in/)
  })
})
