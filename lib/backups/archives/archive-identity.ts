import { bech32 } from '@scure/base'
import { identityToRecipient } from 'age-encryption'
import { AppError } from '#lib/errors.ts'
import { findKeyRing, type KeyRing } from '#lib/keys.ts'

/** The secret that opens this installation's archives with any age program, as `AGE-SECRET-KEY-1…`. */
export const archiveIdentity = (keys: KeyRing): string =>
  bech32.encodeFromBytes('AGE-SECRET-KEY-', keys.derive('archive-identity')).toUpperCase()

/** Whom archives are encrypted for, as `age1…`. Public. */
export const archiveRecipient = (keys: KeyRing): Promise<string> => identityToRecipient(archiveIdentity(keys))

/** The key that made something. Throws AppError `archive-other-key` naming it and those at hand. */
export function requireKeyRing(keys: KeyRing, keyId: string): KeyRing {
  const ring = findKeyRing(keys, keyId)
  if (ring) return ring
  // A text from a manifest that nobody has authenticated yet.
  const shown = /^[0-9a-f]{16}$/.test(keyId) ? keyId : 'unknown'
  const atHand = [keys, ...keys.older].map((one) => one.keyId).join(', ')
  throw new AppError(
    'archive-other-key',
    `The archive was made with the key ${shown}; at hand is ${atHand}.`,
    { hint: 'Start with the HOLDFAST_KEY that it was taken with, or give that one in HOLDFAST_OLD_KEYS.' },
  )
}
