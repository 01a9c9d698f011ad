import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto'
import { AppError } from '#lib/errors.ts'
import type { KeyRing } from '#lib/keys.ts'

// What a process without the key (the web) hands to one with it: sealed to its public key, opened there only.
// X25519 with a fresh key per message, HKDF-SHA256, AES-256-GCM; bound to a place like every stored secret.

const version = 'b1'

/** The fixed head of a PKCS #8 document that holds an X25519 private key. */
const pkcs8Head = Buffer.from('302e020100300506032b656e04220420', 'hex')

const privateKeyOf = (keys: KeyRing): KeyObject =>
  createPrivateKey({
    key: Buffer.concat([pkcs8Head, keys.derive('sealed-box')]),
    format: 'der',
    type: 'pkcs8',
  })

const exportPublic = (key: KeyObject): Buffer => key.export({ format: 'der', type: 'spki' }) as Buffer
const importPublic = (der: Buffer): KeyObject => createPublicKey({ key: der, format: 'der', type: 'spki' })

/** The public key that anyone may seal to, as base64. The same for the life of an installation's key. */
export const sealingPublicKey = (keys: KeyRing): string =>
  exportPublic(createPublicKey(privateKeyOf(keys))).toString('base64')

function messageKey(own: KeyObject, other: KeyObject, ephemeral: Buffer, recipient: Buffer): Buffer {
  const shared = diffieHellman({ privateKey: own, publicKey: other })
  return Buffer.from(
    hkdfSync('sha256', shared, Buffer.concat([ephemeral, recipient]), 'holdfast:sealed-box', 32),
  )
}

/** Seals text for the holder of the key behind `publicKey`; it opens at the same place only. */
export function sealFor(publicKey: string, plain: string, place: string): string {
  const recipient = Buffer.from(publicKey, 'base64')
  const ephemeral = generateKeyPairSync('x25519')
  const ephemeralPublic = exportPublic(ephemeral.publicKey)
  const key = messageKey(ephemeral.privateKey, importPublic(recipient), ephemeralPublic, recipient)
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(Buffer.from(place))
  const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()])
  return [version, ephemeralPublic, nonce, body]
    .map((part) => (typeof part === 'string' ? part : part.toString('base64url')))
    .join('.')
}

/** Opens what `sealFor` made. Throws AppError `sealed-unreadable` for another key, another place or any damage. */
export function openSealed(keys: KeyRing, sealed: string, place: string): string {
  try {
    const [head, ephemeralText, nonceText, bodyText] = sealed.split('.')
    if (head !== version || !ephemeralText || !nonceText || !bodyText) throw new Error('not a sealed box')
    const ephemeral = Buffer.from(ephemeralText, 'base64url')
    const own = privateKeyOf(keys)
    const key = messageKey(own, importPublic(ephemeral), ephemeral, exportPublic(createPublicKey(own)))
    const body = Buffer.from(bodyText, 'base64url')
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonceText, 'base64url'), {
      authTagLength: 16,
    })
    decipher.setAAD(Buffer.from(place))
    decipher.setAuthTag(body.subarray(body.length - 16))
    return Buffer.concat([decipher.update(body.subarray(0, -16)), decipher.final()]).toString('utf8')
  } catch (cause) {
    throw new AppError('sealed-unreadable', 'What the web sealed cannot be opened with the key at hand.', {
      hint: 'Web and worker belong to different installations, or the key was changed. Send it again.',
      cause,
    })
  }
}
