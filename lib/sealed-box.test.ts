import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createKeyRing } from '#lib/keys.ts'
import { openSealed, sealFor, sealingPublicKey } from '#lib/sealed-box.ts'

const keys = createKeyRing(randomBytes(32).toString('base64'))
const publicKey = sealingPublicKey(keys)

describe('sealed box', () => {
  it('opens with the key behind the public key, at its place', () => {
    const sealed = sealFor(publicKey, 'postgresql://u:gehëim@h/d', 'requests|1')
    expect(sealed).not.toContain('geh')
    expect(openSealed(keys, sealed, 'requests|1')).toBe('postgresql://u:gehëim@h/d')
    expect(sealingPublicKey(keys)).toBe(publicKey)
  })

  it('opens nowhere else, with no other key, and not when a byte was changed', () => {
    const sealed = sealFor(publicKey, 'secret', 'requests|1')
    const other = createKeyRing(randomBytes(32).toString('base64'))
    expect(() => openSealed(keys, sealed, 'requests|2')).toThrow(/cannot be opened/)
    expect(() => openSealed(other, sealed, 'requests|1')).toThrow(/cannot be opened/)
    const damaged = `${sealed.slice(0, -2)}${sealed.endsWith('AA') ? 'BB' : 'AA'}`
    expect(() => openSealed(keys, damaged, 'requests|1')).toThrow(/cannot be opened/)
    expect(() => openSealed(keys, 'secret', 'requests|1')).toThrow(/cannot be opened/)
  })
})
