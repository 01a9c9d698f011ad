import { createHash, createHmac, hash } from 'node:crypto'
import { archiveDamaged, archiveMacKey, sameHex } from '#lib/backups/archives/archive-manifest.ts'
import type { StoredBytes } from '#lib/backups/types.ts'
import type { KeyRing } from '#lib/keys.ts'

const blockBytes = 1 << 20
const markBytes = 16

/** Hash and MAC of everything that passes through. */
export function createDigest(keys: KeyRing) {
  const sha256 = createHash('sha256')
  const mac = createHmac('sha256', archiveMacKey(keys))
  let bytes = 0
  return {
    update(chunk: Uint8Array): void {
      bytes += chunk.length
      sha256.update(chunk)
      mac.update(chunk)
    },
    end: () => ({ archiveBytes: bytes, sha256: sha256.digest('hex'), mac: mac.digest('hex') }),
  }
}

/** The same bytes in blocks of one size; only the last is shorter. */
async function* inBlocks(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = []
  let length = 0
  for await (const chunk of source) {
    let rest = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
    while (length + rest.length >= blockBytes) {
      const taken = rest.subarray(0, blockBytes - length)
      yield waiting.length === 0 ? taken : Buffer.concat([...waiting, taken])
      rest = rest.subarray(taken.length)
      waiting = []
      length = 0
    }
    if (rest.length === 0) continue
    waiting.push(rest)
    length += rest.length
  }
  if (length > 0) yield Buffer.concat(waiting)
}

const markOf = (block: Buffer): Buffer => hash('sha256', block, 'buffer').subarray(0, markBytes)

export interface AuthenticBytes {
  /** Reads once more from `source`; each block is compared with the one that was authenticated before it is given out. */
  read(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer>
}

/**
 * Reads an object to its end and believes it only because its MAC is ours. What is read later is held against this very
 * reading block by block (16 bytes kept for each MiB), so that nobody can exchange the object in between.
 * Throws AppError `archive-damaged`.
 */
export async function authenticateBytes(
  keys: KeyRing,
  expected: StoredBytes,
  source: AsyncIterable<Uint8Array>,
  onBlock?: (block: Buffer, seen: number) => Promise<void> | void,
): Promise<AuthenticBytes> {
  const blocks = Math.ceil(expected.archiveBytes / blockBytes)
  const marks = Buffer.alloc(blocks * markBytes)
  const mac = createHmac('sha256', archiveMacKey(keys))
  const wrongSize = (bytes: number | string) =>
    archiveDamaged(`The archive has ${bytes} bytes instead of ${expected.archiveBytes}.`)
  let seen = 0
  let number = 0
  for await (const block of inBlocks(source)) {
    seen += block.length
    if (seen > expected.archiveBytes) throw wrongSize('more')
    mac.update(block)
    markOf(block).copy(marks, number++ * markBytes)
    await onBlock?.(block, seen)
  }
  if (seen !== expected.archiveBytes) throw wrongSize(seen)
  if (!sameHex(mac.digest('hex'), expected.mac))
    throw archiveDamaged('The archive’s bytes are not those that were written.')
  const changed = () => archiveDamaged('The archive was changed while it was being read.')
  return {
    async *read(again) {
      let at = 0
      for await (const block of inBlocks(again)) {
        if (at >= blocks || !markOf(block).equals(marks.subarray(at * markBytes, (at + 1) * markBytes)))
          throw changed()
        at++
        yield block
      }
      if (at !== blocks) throw changed()
    },
  }
}
