import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import * as files from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { renameUnlessThere } from '#lib/stores/durable-files.ts'
import { claimDirectory, openLocalStore } from '#lib/stores/local-store.ts'
import type { ArchiveStore } from '#lib/stores/types.ts'

const id = '0195a000-0000-7000-8000-000000000001'
const signal = new AbortController().signal

async function* chunks(...texts: string[]): AsyncGenerator<Buffer> {
  for (const text of texts) yield Buffer.from(text)
}

async function text(content: AsyncIterable<Buffer>): Promise<string> {
  const all: Buffer[] = []
  for await (const chunk of content) all.push(chunk)
  return Buffer.concat(all).toString()
}

async function keys(store: ArchiveStore, prefix = ''): Promise<string[]> {
  const all: string[] = []
  for await (const { key } of store.list(prefix)) all.push(key)
  return all
}

let root: string
let store: ArchiveStore

beforeEach(async () => {
  root = join(mkdtempSync(join(tmpdir(), 'holdfast-store-')), 'a/b')
  await claimDirectory(id, 'cellar', root)
  store = openLocalStore(id, 'cellar', root)
})

afterEach(() => {
  vi.restoreAllMocks()
  delete process.env.HOLDFAST_FAILPOINT
  rmSync(join(root, '../..'), { recursive: true, force: true })
})

describe('a directory that keeps archives', () => {
  it('gives back what was written, from any byte on, readable by the owner only', async () => {
    expect(await store.write('t/one.dump', chunks('hello ', 'world'), { signal })).toEqual({ bytes: 11 })
    expect(await text(store.read('t/one.dump', { signal }))).toBe('hello world')
    expect(await text(store.read('t/one.dump', { signal, from: 6 }))).toBe('world')
    expect(await store.stat('t/one.dump')).toMatchObject({ key: 't/one.dump', bytes: 11 })
    expect(await store.stat('t/two.dump')).toBeNull()
    expect(statSync(join(root, 't/one.dump')).mode & 0o777).toBe(0o600)
    expect(statSync(join(root, 't')).mode & 0o777).toBe(0o700)
    expect(await store.freeBytes()).toBeGreaterThan(0)
  })

  it('lists in the order of keys, without its own marker and unfinished files', async () => {
    for (const key of ['t/b', 't/a/x', 't/a.x', 'u/c']) await store.write(key, chunks('x'), { signal })
    writeFileSync(join(root, 't/d.00000001.partial'), '')
    expect(await keys(store)).toEqual(['t/a.x', 't/a/x', 't/b', 'u/c'])
    expect(await keys(store, 't/a')).toEqual(['t/a.x', 't/a/x'])
  })

  it('never replaces a file: of two writers of one key one is refused', async () => {
    const write = (content: string) => store.write('t/one', chunks(content), { signal })
    const both = await Promise.allSettled(Array.from({ length: 8 }, (_, n) => write(`writer ${n}`)))
    expect(both.filter((one) => one.status === 'fulfilled')).toHaveLength(1)
    for (const one of both)
      if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'store-object-exists' })
    expect(readdirSync(join(root, 't'))).toEqual(['one'])
  })

  it('never replaces a file where there are no hard links', async () => {
    mkdirSync(join(root, 't'))
    const publish = async (n: number) => {
      writeFileSync(join(root, `t/${n}.partial`), `writer ${n}`)
      await renameUnlessThere(join(root, `t/${n}.partial`), join(root, 't/one'), join(root, 't/claim'))
    }
    const both = await Promise.allSettled([publish(1), publish(2), publish(3)])
    expect(both.filter((one) => one.status === 'fulfilled')).toHaveLength(1)
    await expect(publish(4)).rejects.toMatchObject({ code: 'EEXIST' })
  })

  it('keeps nothing of a file whose verification, content or sync failed', async () => {
    const verify = async (read: () => AsyncIterable<Buffer>) => {
      expect(await text(read())).toBe('x')
      throw new Error('not what was sent')
    }
    await expect(store.write('t/one', chunks('x'), { signal, verify })).rejects.toThrow('not what was sent')
    const broken = (async function* () {
      yield Buffer.from('x')
      throw new Error('dump died')
    })()
    await expect(store.write('t/one', broken, { signal })).rejects.toThrow('dump died')
    process.env.HOLDFAST_FAILPOINT = 'stores.before-rename:throw'
    await expect(store.write('t/one', chunks('x'), { signal })).rejects.toThrow('fail-point')
    expect(readdirSync(join(root, 't'))).toEqual([])
  })

  it('discards a file whose sync met a disk error, and does not sync it a second time', async () => {
    const probe = await files.open(join(root, '.holdfast-store'))
    const handles = Object.getPrototypeOf(probe) as files.FileHandle
    await probe.close()
    mkdirSync(join(root, 't'))
    const sync = vi
      .spyOn(handles, 'sync')
      .mockRejectedValueOnce(
        Object.assign(new Error('EIO: i/o error, fsync'), { code: 'EIO', syscall: 'fsync' }),
      )
    await expect(store.write('t/one', chunks('x'), { signal })).rejects.toMatchObject({
      code: 'store-unreachable',
    })
    expect(sync).toHaveBeenCalledTimes(1)
    expect(readdirSync(join(root, 't'))).toEqual([])
  })

  it('syncs every folder that it makes, up to the one that was there', async () => {
    const probe = await files.open(join(root, '.holdfast-store'))
    const sync = vi.spyOn(Object.getPrototypeOf(probe) as files.FileHandle, 'sync')
    await probe.close()
    await store.write('new/one', chunks('x'), { signal })
    // The root for the new folder, the file, and the folder for the file's name.
    expect(sync).toHaveBeenCalledTimes(3)
  })

  it('is unreachable, never empty, when the mount is gone or another store lies there', async () => {
    await store.write('t/one', chunks('x'), { signal })
    const other = openLocalStore('another', 'cellar', root)
    rmSync(root, { recursive: true })
    mkdirSync(root)
    const unreachable = { code: 'store-unreachable' }
    await expect(keys(store)).rejects.toMatchObject(unreachable)
    await expect(store.stat('t/one')).rejects.toMatchObject(unreachable)
    await expect(text(store.read('t/one', { signal }))).rejects.toMatchObject(unreachable)
    await expect(store.write('t/two', chunks('x'), { signal })).rejects.toMatchObject(unreachable)
    await expect(store.remove('t/one')).rejects.toMatchObject(unreachable)
    await claimDirectory(id, 'cellar', root)
    await expect(keys(other)).rejects.toMatchObject(unreachable)
    await expect(claimDirectory('another', 'attic', root)).rejects.toMatchObject({ code: 'store-taken' })
    expect(readFileSync(join(root, '.holdfast-store'), 'utf8')).toBe(`${id}\n`)
  })

  it('follows no link, and takes no name that leads out of it', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'holdfast-outside-'))
    writeFileSync(join(outside, 'secret'), 'secret')
    symlinkSync(outside, join(root, 'led'))
    symlinkSync(join(outside, 'secret'), join(root, 'link'))
    await expect(store.write('led/one', chunks('x'), { signal })).rejects.toMatchObject({
      code: 'store-unreachable',
    })
    await expect(text(store.read('led/secret', { signal }))).rejects.toMatchObject({
      code: 'store-unreachable',
    })
    await expect(text(store.read('link', { signal }))).rejects.toMatchObject({ code: 'store-object-missing' })
    expect(await keys(store)).toEqual([])
    for (const key of [
      '../x',
      '/etc/passwd',
      'a/../../x',
      'a\0b',
      'a\nb',
      'a'.repeat(300),
      '',
      'a//b',
      '.holdfast-store',
    ])
      await expect(store.write(key, chunks('x'), { signal }), key).rejects.toMatchObject({
        code: 'store-key-malformed',
      })
    await expect(text(store.read('../../a', { signal }))).rejects.toMatchObject({
      code: 'store-key-malformed',
    })
    expect(readdirSync(outside)).toEqual(['secret'])
    rmSync(outside, { recursive: true })
  })

  it('removes once and again, and sweeps what killed writers left, except of living ones', async () => {
    await store.write('t/one', chunks('x'), { signal })
    await store.remove('t/one')
    await store.remove('t/one')
    expect(existsSync(join(root, 't/one'))).toBe(false)
    writeFileSync(join(root, 't/dead.0011aabb.partial'), '')
    writeFileSync(join(root, 't/alive.0011aabb.partial'), '')
    expect(await store.sweep('t/', (key) => key === 't/alive')).toBe(1)
    expect(readdirSync(join(root, 't'))).toEqual(['alive.0011aabb.partial'])
  })

  it('says that there is no room, and stops at once when told to', async () => {
    const full = (async function* () {
      yield Buffer.from('x')
      throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' })
    })()
    await expect(store.write('t/one', full, { signal })).rejects.toMatchObject({ code: 'store-full' })
    const stop = new AbortController()
    const endless = (async function* () {
      for (;;) {
        yield Buffer.alloc(1000)
        stop.abort(new Error('stopped'))
      }
    })()
    await expect(store.write('t/one', endless, { signal: stop.signal })).rejects.toThrow('stopped')
    expect(readdirSync(join(root, 't'))).toEqual([])
  })
})

// Root may write everywhere.
if (process.geteuid?.() !== 0) {
  describe('a directory that may not be written', () => {
    it('is unreachable', async () => {
      chmodSync(root, 0o500)
      await expect(store.write('t/one', chunks('x'), { signal })).rejects.toMatchObject({
        code: 'store-unreachable',
      })
      chmodSync(root, 0o700)
    })
  })
}
