import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { Decrypter, Encrypter } from 'age-encryption'

// Headers, recipients and file keys are the library's. The payload goes through OpenSSL here: the library's own
// ChaCha20-Poly1305 is JavaScript, 97 MB/s against 620 MB/s, and would hold up every dump.
// The format: https://github.com/C2SP/C2SP/blob/main/age.md#payload

const cipher = 'chacha20-poly1305'
const chunkBytes = 65_536
const tagBytes = 16
const nonceBytes = 16
const mostHeaderBytes = 65_536

const payloadKey = (fileKey: Uint8Array, nonce: Uint8Array): Buffer =>
  Buffer.from(hkdfSync('sha256', fileKey, nonce, 'payload', 32))

/** The nonce of a chunk: its number, and whether it is the last. */
function chunkNonce(number: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.writeUIntBE(number, 5, 6)
  nonce[11] = isLast ? 1 : 0
  return nonce
}

function sealChunk(key: Buffer, number: number, isLast: boolean, plain: Buffer): Buffer {
  const seal = createCipheriv(cipher, key, chunkNonce(number, isLast), { authTagLength: tagBytes })
  return Buffer.concat([seal.update(plain), seal.final(), seal.getAuthTag()])
}

function openChunk(key: Buffer, number: number, isLast: boolean, sealed: Buffer): Buffer {
  const at = sealed.length - tagBytes
  const open = createDecipheriv(cipher, key, chunkNonce(number, isLast), { authTagLength: tagBytes })
  open.setAuthTag(sealed.subarray(at))
  const plain = open.update(sealed.subarray(0, at))
  open.final()
  return plain
}

/** Parts of exactly this size, only the last one shorter; the flag says which is the last. At least one part. */
async function* inParts(
  source: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<[part: Buffer, isLast: boolean]> {
  let part = Buffer.allocUnsafe(size)
  let used = 0
  for await (const chunk of source) {
    for (let from = 0; from < chunk.length; ) {
      // Held back until more comes: the last part carries another flag.
      if (used === size) {
        yield [part, false]
        part = Buffer.allocUnsafe(size)
        used = 0
      }
      const taken = Math.min(size - used, chunk.length - from)
      part.set(chunk.subarray(from, from + taken), used)
      used += taken
      from += taken
    }
  }
  yield [part.subarray(0, used), true]
}

async function makeHeader(
  recipients: readonly string[],
): Promise<{ header: Uint8Array; fileKey: Uint8Array }> {
  const encrypter = new Encrypter()
  for (const recipient of recipients) encrypter.addRecipient(recipient)
  let fileKey: Uint8Array | null = null
  // Sees the key that the others wrap, and adds nothing to the header.
  encrypter.addRecipient({
    wrapFileKey(key) {
      fileKey = Uint8Array.from(key)
      return []
    },
  })
  const empty = await encrypter.encrypt(new Uint8Array(0))
  return { header: empty.subarray(0, empty.length - nonceBytes - tagBytes), fileKey: fileKey! }
}

/** Encrypts in the age format for everyone who holds one of the recipients' identities. Constant memory. */
export async function* encryptAge(
  recipients: readonly string[],
  plain: AsyncIterable<Uint8Array>,
): AsyncGenerator<Buffer> {
  const { header, fileKey } = await makeHeader(recipients)
  const nonce = randomBytes(nonceBytes)
  yield Buffer.concat([header, nonce])
  const key = payloadKey(fileKey, nonce)
  let number = 0
  for await (const [part, isLast] of inParts(plain, chunkBytes)) yield sealChunk(key, number++, isLast, part)
}

const endOfHeader = (bytes: Buffer): number => {
  const mark = bytes.indexOf('\n--- ')
  const end = mark < 0 ? -1 : bytes.indexOf('\n', mark + 1)
  return end < 0 ? -1 : end + 1
}

/**
 * Decrypts what `encryptAge` or any other age program made. Every chunk is authenticated before it is given out.
 * Throws when no identity fits, and on any damage, cut or addition.
 */
export async function* decryptAge(
  identities: readonly string[],
  sealed: AsyncIterable<Uint8Array>,
): AsyncGenerator<Buffer> {
  const source = sealed[Symbol.asyncIterator]()
  try {
    let head = Buffer.alloc(0)
    let end = -1
    while (end < 0 || head.length < end + nonceBytes) {
      const next = await source.next()
      if (next.done || head.length > mostHeaderBytes) throw new Error('not an age file')
      head = Buffer.concat([head, next.value])
      end = endOfHeader(head)
    }
    const decrypter = new Decrypter()
    for (const identity of identities) decrypter.addIdentity(identity)
    const fileKey = await decrypter.decryptHeader(head.subarray(0, end))
    const key = payloadKey(fileKey, head.subarray(end, end + nonceBytes))
    const rest = async function* () {
      yield head.subarray(end + nonceBytes)
      for (let next = await source.next(); !next.done; next = await source.next()) yield next.value
    }
    let number = 0
    for await (const [part, isLast] of inParts(rest(), chunkBytes + tagBytes)) {
      if (part.length < tagBytes || (isLast && number > 0 && part.length === tagBytes))
        throw new Error('the age file is cut')
      const plain = openChunk(key, number++, isLast, part)
      if (plain.length > 0) yield plain
    }
  } finally {
    await source.return?.()
  }
}
