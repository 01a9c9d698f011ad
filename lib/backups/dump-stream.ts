import { createWriteStream } from 'node:fs'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { constants, createZstdCompress } from 'node:zlib'
import { createDigest } from '#lib/backups/authenticate-archive.ts'
import { AppError } from '#lib/errors.ts'
import type { KeyRing } from '#lib/keys.ts'
import { lastError, startTool } from '#lib/servers/tool-process.ts'

export interface DumpOptions {
  pgDump: string
  url: string
  /** Exported by the transaction that reads the facts; it must stay open until the dump is done. */
  snapshotId: string
  /** Where the archive is written; must not exist. */
  partial: string
  keys: KeyRing
  signal: AbortSignal
  /** Fails when no byte moves for so long. */
  stallTimeoutMs: number
  lockTimeoutMs: number
  onProgress(rawBytes: number): void
}

export interface DumpedArchive {
  rawBytes: number
  archiveBytes: number
  sha256: string
  mac: string
}

/** What a dump leaves out: our own snapshots in the target, which are copies of what it holds anyway. */
const leftOut = '--exclude-schema=holdfast_snapshot_*'

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

/**
 * pg_dump → zstd → hash and MAC → a file that is synced before it is called written. Constant memory.
 * Throws when any part failed, stalled or was cut; the partial file is then the caller's to remove.
 */
export async function streamDump(options: DumpOptions): Promise<DumpedArchive> {
  const stalled = new AbortController()
  const signal = AbortSignal.any([options.signal, stalled.signal])
  const restart = () => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      const seconds = Math.round(options.stallTimeoutMs / 1000)
      stalled.abort(new AppError('backup-stalled', `No byte came from pg_dump for ${seconds} s.`))
    }, options.stallTimeoutMs)
  }
  let timer: NodeJS.Timeout | undefined
  restart()

  const args = [
    '--format=custom',
    '--compress=0',
    `--snapshot=${options.snapshotId}`,
    `--lock-wait-timeout=${options.lockTimeoutMs}`,
    leftOut,
  ]
  const dump = startTool(options.pgDump, args, { url: options.url, purpose: 'archive', signal })
  dump.child.stdin.end()

  let rawBytes = 0
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      rawBytes += chunk.length
      restart()
      options.onProgress(rawBytes)
      done(null, chunk)
    },
  })
  const digest = createDigest(options.keys)
  const seal = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      digest.update(chunk)
      restart()
      done(null, chunk)
    },
  })
  const compress = createZstdCompress({
    params: { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_checksumFlag]: 1 },
  })
  const file = createWriteStream(options.partial, { flags: 'wx', mode: 0o600, flush: true })
  try {
    await pipeline(dump.child.stdout, count, compress, seal, file, { signal })
  } catch (error) {
    dump.child.kill('SIGKILL')
    await dump.ended
    throw signal.aborted ? signal.reason : error
  } finally {
    clearTimeout(timer)
  }
  const { code, words } = await dump.ended
  if (code !== 0) throw signal.aborted ? signal.reason : explainDumpFailure(words)
  const { bytes, sha256, mac } = digest.end()
  return { rawBytes, archiveBytes: bytes, sha256, mac }
}
