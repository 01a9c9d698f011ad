import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { archiveIdentity, archiveRecipient } from '#lib/backups/archives/archive-identity.ts'
import { streamDump } from '#lib/backups/archives/dump-stream.ts'
import { openStored } from '#lib/backups/archives/open-archive.ts'
import { createKeyRing } from '#lib/keys.ts'
import { testKey } from '#lib/testing/test-key.ts'

const place = mkdtempSync(join(tmpdir(), 'holdfast-dump-'))
afterAll(() => rmSync(place, { recursive: true, force: true }))

let made = 0

/** A program in the place of pg_dump that does what the shell script says. */
function dumpWith(
  script: string,
  overrides: { stallTimeoutMs?: number; signal?: AbortSignal; pgDump?: string } = {},
) {
  made++
  const pgDump = join(place, `pg_dump_${made}`)
  writeFileSync(pgDump, `#!/bin/sh\n${script}\n`)
  chmodSync(pgDump, 0o755)
  const written: Buffer[] = []
  const keys = createKeyRing(testKey)
  const done = (async () =>
    streamDump({
      pgDump: overrides.pgDump ?? pgDump,
      url: `postgresql://reader:canary-secret@127.0.0.1:5999/${encodeURIComponent("dbname=x host=evil '\\")}`,
      snapshotId: '00000003-1',
      keys,
      recipients: [await archiveRecipient(keys)],
      signal: overrides.signal ?? new AbortController().signal,
      stallTimeoutMs: overrides.stallTimeoutMs ?? 20_000,
      lockTimeoutMs: 1_000,
      onProgress: () => {},
      async write(content) {
        for await (const chunk of content) written.push(chunk)
      },
    }))()
  return { done, written, keys }
}

describe('a dump', () => {
  it('gives the password to the tool’s environment only, and the database as one quoted value', async () => {
    const seen = join(place, 'seen')
    await dumpWith(
      `printf '%s\\n' "$@" > ${seen}; echo "password=$PGPASSWORD host=$PGHOST" >> ${seen}; echo data`,
    ).done
    const [args, environment] = readFileSync(seen, 'utf8').split('password=')
    expect(args).not.toContain('canary-secret')
    expect(args).toContain(String.raw`--dbname=dbname='dbname=x host=evil \'\\'`)
    expect(args).toContain('--snapshot=00000003-1')
    expect(environment).toBe('canary-secret host=127.0.0.1\n')
  })

  it('fails when no byte comes for too long, and does not hang', async () => {
    const { done } = dumpWith('echo begun; exec sleep 600', { stallTimeoutMs: 300 })
    await expect(done).rejects.toMatchObject({ code: 'backup-stalled' })
  })

  it('fails when the tool fails after it wrote bytes, with its own words', async () => {
    const { done } = dumpWith('echo some; echo "pg_dump: error: connection lost" >&2; exit 1')
    await expect(done).rejects.toMatchObject({
      code: 'dump-failed',
      message: expect.stringContaining('connection lost'),
    })
  })

  it('fails when the tool is killed, though it wrote bytes', async () => {
    await expect(dumpWith('echo some; kill -9 $$').done).rejects.toMatchObject({ code: 'dump-failed' })
  })

  it('fails when the tool is not there', async () => {
    const { done } = dumpWith('', { pgDump: join(place, 'nowhere') })
    await expect(done).rejects.toMatchObject({
      code: 'dump-failed',
      message: expect.stringContaining('ENOENT'),
    })
  })

  it('explains a lock that was waited for too long, and rows that are hidden', async () => {
    const lock = dumpWith(
      'echo "pg_dump: error: query failed: ERROR:  canceling statement due to lock timeout" >&2; exit 1',
    )
    await expect(lock.done).rejects.toMatchObject({ code: 'backup-locked' })
    const hidden = dumpWith('echo "ERROR:  query would be affected by row-level security policy" >&2; exit 1')
    await expect(hidden.done).rejects.toMatchObject({ code: 'backup-unreadable' })
  })

  it('stops the tool when the work is cancelled', async () => {
    const abort = new AbortController()
    const seen = join(place, 'pid')
    const { done } = dumpWith(`echo $$ > ${seen}; exec sleep 600`, { signal: abort.signal })
    await expect.poll(() => existsSync(seen) && readFileSync(seen, 'utf8').trim()).toMatch(/^\d+$/)
    abort.abort(new Error('enough'))
    await expect(done).rejects.toThrow('enough')
    expect(existsSync(`/proc/${readFileSync(seen, 'utf8').trim()}`)).toBe(false)
  })

  it('is what the tool wrote, once it is decrypted and decompressed, and nothing of it is readable before', async () => {
    const { done, written, keys } = dumpWith('yes canary-content | head -c 5000000')
    const stored = await done
    expect(stored.rawBytes).toBe(5_000_000)
    const bytes = Buffer.concat(written)
    expect(stored).toMatchObject({
      archiveBytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    })
    expect(bytes.includes('canary')).toBe(false)
    const dump: Buffer[] = []
    for await (const part of openStored(
      (async function* () {
        yield bytes
      })(),
      stored,
      [archiveIdentity(keys)],
    ))
      dump.push(part)
    expect(Buffer.concat(dump).toString()).toBe('canary-content\n'.repeat(333_334).slice(0, 5_000_000))
  })
})
