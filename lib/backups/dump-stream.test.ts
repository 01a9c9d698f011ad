import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { streamDump } from '#lib/backups/dump-stream.ts'
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
  const partial = join(place, `${made}.partial`)
  const done = streamDump({
    pgDump: overrides.pgDump ?? pgDump,
    url: `postgresql://reader:canary-secret@127.0.0.1:5999/${encodeURIComponent("dbname=x host=evil '\\")}`,
    snapshotId: '00000003-1',
    partial,
    keys: createKeyRing(testKey),
    signal: overrides.signal ?? new AbortController().signal,
    stallTimeoutMs: overrides.stallTimeoutMs ?? 20_000,
    lockTimeoutMs: 1_000,
    onProgress: () => {},
  })
  return { done, partial }
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
    const { done, partial } = dumpWith('echo $$; exec sleep 600', { signal: abort.signal })
    setTimeout(() => abort.abort(new Error('enough')), 200)
    await expect(done).rejects.toThrow('enough')
    expect(existsSync(partial)).toBe(true)
  })

  it('never writes over a file that is there', async () => {
    const taken = join(place, `${made + 1}.partial`)
    writeFileSync(taken, 'mine')
    await expect(dumpWith('echo data').done).rejects.toMatchObject({ code: 'EEXIST' })
    expect(readFileSync(taken, 'utf8')).toBe('mine')
  })
})
