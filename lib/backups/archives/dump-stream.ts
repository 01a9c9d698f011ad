import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { constants, createZstdCompress } from 'node:zlib'
import { encryptAge } from '#lib/backups/archives/age-file.ts'
import { createDigest } from '#lib/backups/archives/authenticate-bytes.ts'
import type { StoredBytes } from '#lib/backups/types.ts'
import { AppError } from '#lib/errors.ts'
import { failPoint } from '#lib/fail-point.ts'
import type { KeyRing } from '#lib/keys.ts'
import { lastError, startTool } from '#lib/servers/tool-process.ts'

export interface DumpOptions {
  pgDump: string
  url: string
  /** Exported by the transaction that reads the facts; it must stay open until the dump is done. */
  snapshotId: string
  keys: KeyRing
  /** Who can open it, as `age1…`. */
  recipients: readonly string[]
  signal: AbortSignal
  /** Fails when no byte moves for so long. */
  stallTimeoutMs: number
  lockTimeoutMs: number
  onProgress(rawBytes: number): void
  /**
   * Takes the archive's bytes to where they are kept. `content` fails unless the whole dump came through; `dumped` tells
   * what it was after its end.
   */
  write(content: AsyncIterable<Buffer>, dumped: () => StoredBytes, signal: AbortSignal): Promise<unknown>
}

/** What a dump leaves out: our own copies in the target, of what it holds anyway or held before an operation. */
const leftOut = ['snapshot', 'undo', 'restored'].map((kind) => `--exclude-schema=holdfast_${kind}_*`)

const compressedChunkBytes = 1 << 18

function explainDumpFailure(words: string): AppError {
  const message = lastError(words)
  if (/lock timeout|could not obtain lock/i.test(words)) {
    return new AppError('backup-locked', `The dump waited too long for a lock: ${message}`, {
      hint: 'Something holds an ACCESS EXCLUSIVE lock, such as a migration. Try again when it is done.',
    })
  }
  if (/permission denied|row-level security/i.test(words)) {
    return new AppError('backup-unreadable', `The dump could not read everything: ${message}`, {
      hint: 'Give the backup role pg_read_all_data and BYPASSRLS. Large objects need their own grants.',
    })
  }
  return new AppError('dump-failed', `pg_dump failed: ${message}`)
}

/** Aborts when `restart` was not called for so long. */
function watchBytes(stallTimeoutMs: number) {
  const stalled = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const stop = () => clearTimeout(timer)
  const restart = () => {
    stop()
    timer = setTimeout(() => {
      const seconds = Math.round(stallTimeoutMs / 1000)
      stalled.abort(
        new AppError('backup-stalled', `No byte moved from pg_dump to the store for ${seconds} s.`, {
          kind: 'unavailable',
          hint: 'The network to the target or to the store hangs, or one of them does. Try again.',
        }),
      )
    }, stallTimeoutMs)
  }
  restart()
  return { signal: stalled.signal, restart, stop }
}

/** zstd, as the archive keeps it. */
export const createCompressor = () =>
  createZstdCompress({
    chunkSize: compressedChunkBytes,
    params: { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_checksumFlag]: 1 },
  })

/**
 * pg_dump → zstd → age → hash and MAC → `write`. Constant memory. Throws when any part failed, stalled or was cut; then
 * `write` has failed too, and nothing may be kept.
 */
export async function streamDump(options: DumpOptions): Promise<StoredBytes> {
  const bytes = watchBytes(options.stallTimeoutMs)
  const signal = AbortSignal.any([options.signal, bytes.signal])
  const args = [
    '--format=custom',
    '--compress=0',
    `--snapshot=${options.snapshotId}`,
    `--lock-wait-timeout=${options.lockTimeoutMs}`,
    ...leftOut,
  ]
  failPoint('backups.before-dump')
  const dump = startTool(options.pgDump, args, { url: options.url, purpose: 'archive', signal })
  dump.child.stdin.end()

  let rawBytes = 0
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      rawBytes += chunk.length
      bytes.restart()
      options.onProgress(rawBytes)
      done(null, chunk)
    },
  })
  const compress = createCompressor()
  // A failure destroys `compress`, and with it whoever reads from it.
  pipeline(dump.child.stdout, count, compress).catch(() => {})

  const digest = createDigest(options.keys)
  let dumped: StoredBytes | null = null
  const content = async function* () {
    for await (const chunk of encryptAge(options.recipients, compress)) {
      digest.update(chunk)
      bytes.restart()
      yield chunk
      failPoint('backups.mid-dump')
    }
    bytes.stop()
    const { code, words } = await dump.ended
    signal.throwIfAborted()
    if (code !== 0) throw explainDumpFailure(words)
    dumped = { ...digest.end(), rawBytes }
  }
  const whole = (): StoredBytes => {
    if (!dumped) throw new Error('a store read the dump only in part')
    return dumped
  }
  try {
    await options.write(content(), whole, signal)
    return whole()
  } catch (error) {
    dump.child.kill('SIGKILL')
    await dump.ended
    throw signal.aborted ? signal.reason : error
  } finally {
    bytes.stop()
  }
}
