import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'
import { AppError } from '#lib/errors.ts'

/** The installation's key and what is derived from it. Only worker and CLI hold one. */
export interface KeyRing {
  keyId: string
  /** Earlier keys of this installation: they open what they made, and make nothing new. */
  older: readonly KeyRing[]
  /** Seals text so that it opens only in the same place (table, row, column). AES-256-GCM, envelope of two keys. */
  seal(plain: string, place: string): string
  /** Opens what `seal` made. Throws AppError `secret-unreadable` for another place, another key or any damage. */
  open(sealed: string, place: string): string
  /** HMAC-SHA256 of a message under a key derived for one purpose, as hex. */
  mac(purpose: string, message: string | Uint8Array): string
  /** 32 bytes derived for one purpose (HKDF-SHA256). */
  derive(purpose: string): Buffer
}

const version = 'v1'

function encrypt(key: Buffer, plain: Buffer, aad: string): Buffer {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(Buffer.from(aad))
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

function decrypt(key: Buffer, sealed: Buffer, aad: string): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12), { authTagLength: 16 })
  decipher.setAAD(Buffer.from(aad))
  decipher.setAuthTag(sealed.subarray(sealed.length - 16))
  return Buffer.concat([decipher.update(sealed.subarray(12, sealed.length - 16)), decipher.final()])
}

/** The key with this id, current or earlier; null when it is not at hand. */
export const findKeyRing = (keys: KeyRing, keyId: string): KeyRing | null =>
  [keys, ...keys.older].find((ring) => ring.keyId === keyId) ?? null

/** Makes the key ring of a 32-byte key given as base64 (`HOLDFAST_KEY`). Throws AppError `key-malformed`. */
export function createKeyRing(base64: string, older: readonly KeyRing[] = []): KeyRing {
  const master = Buffer.from(base64, 'base64')
  if (master.length !== 32 || master.toString('base64') !== base64.trim()) {
    throw new AppError('key-malformed', 'HOLDFAST_KEY is not 32 random bytes in base64.', {
      kind: 'invalid',
      hint: 'Make one with: openssl rand -base64 32',
    })
  }
  const derive = (purpose: string): Buffer =>
    Buffer.from(hkdfSync('sha256', master, Buffer.alloc(0), `holdfast:${purpose}`, 32))
  const wrappingKey = derive('wrap')
  const keyId = derive('key-id').toString('hex').slice(0, 16)
  const placed = (place: string): string => `${place}|${keyId}`

  return {
    keyId,
    older: older.filter((ring) => ring.keyId !== keyId),
    derive,
    mac: (purpose, message) => createHmac('sha256', derive(purpose)).update(message).digest('hex'),
    seal(plain, place) {
      const dataKey = randomBytes(32)
      const parts = [
        encrypt(wrappingKey, dataKey, placed(place)),
        encrypt(dataKey, Buffer.from(plain, 'utf8'), placed(place)),
      ]
      return [version, keyId, ...parts.map((part) => part.toString('base64url'))].join('.')
    },
    open(sealed, place) {
      const [sealedVersion, sealedBy, wrapped, body, ...rest] = sealed.split('.')
      const earlier = older.find((ring) => ring.keyId === sealedBy)
      if (earlier && sealedBy !== keyId) return earlier.open(sealed, place)
      try {
        if (sealedVersion !== version || sealedBy !== keyId || !wrapped || !body || rest.length > 0) {
          throw new Error('sealed with another key or in another format')
        }
        const dataKey = decrypt(wrappingKey, Buffer.from(wrapped, 'base64url'), placed(place))
        return decrypt(dataKey, Buffer.from(body, 'base64url'), placed(place)).toString('utf8')
      } catch (cause) {
        throw new AppError('secret-unreadable', 'A stored secret cannot be opened with the key at hand.', {
          hint: `It was sealed with the key ${/^[0-9a-f]{16}$/.test(sealedBy ?? '') ? sealedBy : '?'}, at hand is ${keyId}. Give the earlier key in HOLDFAST_OLD_KEYS, or set the credential again.`,
          cause,
        })
      }
    },
  }
}
