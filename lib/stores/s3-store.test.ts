import { createHash, randomBytes } from 'node:crypto'
import {
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { claimBucket } from '#lib/stores/claim-bucket.ts'
import { openS3Store } from '#lib/stores/s3-store.ts'
import type { ArchiveStore, S3Settings } from '#lib/stores/types.ts'
import { createS3Stage, type S3Stage } from '#lib/testing/s3-stage.ts'

const id = '0195a000-0000-7000-8000-000000000001'
const { signal } = new AbortController()
const patience = { attempts: 3, silenceMs: 30_000 }
/** Only where silence is what is tested: a busy machine is silent too. */
const impatience = { attempts: 3, silenceMs: 700 }
const mebibyte = 1 << 20
const unreachable = { code: 'store-unreachable' }

async function* chunksOf(content: Buffer, chunkBytes = 300_000): AsyncGenerator<Buffer> {
  for (let at = 0; at < content.length; at += chunkBytes) yield content.subarray(at, at + chunkBytes)
}

async function bytes(content: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = []
  for await (const chunk of content) all.push(chunk)
  return Buffer.concat(all)
}

async function keys(store: ArchiveStore, prefix = ''): Promise<string[]> {
  const all: string[] = []
  for await (const { key } of store.list(prefix)) all.push(key)
  return all
}

const sha = (content: Buffer): string => createHash('sha256').update(content).digest('hex')

let stage: S3Stage

const open = (settings: S3Settings, owner = id, wait = patience): ArchiveStore =>
  openS3Store({ id: owner, name: 'offsite', settings }, stage.credentials, wait)

async function newStore(prefix = ''): Promise<{ settings: S3Settings; store: ArchiveStore }> {
  const settings = await stage.newBucket(prefix)
  const abilities = await claimBucket(id, 'offsite', settings, stage.credentials, patience)
  return { settings: { ...settings, abilities }, store: open({ ...settings, abilities }) }
}

beforeAll(async () => {
  stage = await createS3Stage()
})
afterEach(() => {
  stage.fault = () => null
  delete process.env.HOLDFAST_FAILPOINT
})

describe('a bucket that keeps archives', () => {
  it('gives back what was written, in one request or in parts, from any byte on', async () => {
    const { store } = await newStore('holdfast/')
    const large = randomBytes(37 * mebibyte)
    expect(await store.write('t/one', chunksOf(Buffer.from('small')), { signal })).toEqual({ bytes: 5 })
    expect(await store.write('t/large', chunksOf(large), { signal })).toEqual({ bytes: large.length })
    expect(await store.write('t/nothing', chunksOf(Buffer.alloc(0)), { signal })).toEqual({ bytes: 0 })
    expect((await bytes(store.read('t/one', { signal }))).toString()).toBe('small')
    expect(sha(await bytes(store.read('t/large', { signal })))).toBe(sha(large))
    expect(sha(await bytes(store.read('t/large', { signal, from: 20_000_001 })))).toBe(
      sha(large.subarray(20_000_001)),
    )
    expect(await store.stat('t/large')).toMatchObject({ key: 't/large', bytes: large.length })
    expect(await store.stat('t/none')).toBeNull()
    await expect(bytes(store.read('t/none', { signal }))).rejects.toMatchObject({
      code: 'store-object-missing',
    })
    expect(await keys(store)).toEqual(['t/large', 't/nothing', 't/one'])
    expect(await keys(store, 't/l')).toEqual(['t/large'])
    expect(stage.requests.filter((one) => /partNumber=3/.test(one))).not.toEqual([])
  }, 180_000)

  it('never replaces an object', async () => {
    const { store, settings } = await newStore()
    const large = randomBytes(17 * mebibyte)
    await store.write('t/one', chunksOf(Buffer.from('first')), { signal })
    for (const content of [Buffer.from('second'), large])
      await expect(store.write('t/one', chunksOf(content), { signal })).rejects.toMatchObject({
        code: 'store-object-exists',
      })
    expect((await bytes(store.read('t/one', { signal }))).toString()).toBe('first')
    expect(settings.abilities).toMatchObject({ checksums: true })
  }, 120_000)

  it('reads back what it wrote, and keeps nothing that is not the same', async () => {
    const { store } = await newStore()
    const seen: string[] = []
    await store.write('t/good', chunksOf(Buffer.from('abc')), {
      signal,
      verify: async (read) => void seen.push((await bytes(read())).toString()),
    })
    expect(seen).toEqual(['abc'])
    const damaged = Object.assign(new Error('archive-damaged'), { code: 'archive-damaged' })
    const verify = async () => {
      throw damaged
    }
    await expect(store.write('t/bad', chunksOf(Buffer.from('abc')), { signal, verify })).rejects.toBe(damaged)
    expect(await keys(store)).toEqual(['t/good'])
  })

  it('gives up an upload whose content fails, with the content’s own error, and leaves no parts', async () => {
    const { store, settings } = await newStore()
    const died = new Error('pg_dump died')
    const content = (async function* () {
      yield randomBytes(34 * mebibyte)
      throw died
    })()
    await expect(store.write('t/one', content, { signal })).rejects.toBe(died)
    expect(await keys(store)).toEqual([])
    expect(stage.requests.filter((one) => one.startsWith('DELETE') && one.includes('uploadId='))).not.toEqual(
      [],
    )
    expect(settings.bucket).toBeTruthy()
  }, 120_000)

  it('is unreachable, never empty, when its bucket, its marker or the credentials are gone', async () => {
    const { store, settings } = await newStore()
    await store.write('t/one', chunksOf(Buffer.from('x')), { signal })
    const stranger = open(settings, 'another')
    await expect(keys(stranger)).rejects.toMatchObject(unreachable)
    await expect(
      claimBucket('another', 'attic', settings, stage.credentials, patience),
    ).rejects.toMatchObject({
      code: 'store-taken',
    })
    const wrong = openS3Store(
      { id, name: 'offsite', settings },
      { ...stage.credentials, accessKeyId: 'UNKNOWN' },
      patience,
    )
    await expect(wrong.stat('t/one')).rejects.toMatchObject(unreachable)
    await stage.direct.send(new DeleteObjectCommand({ Bucket: settings.bucket, Key: '.holdfast-store' }))
    await expect(store.stat('t/none')).rejects.toMatchObject(unreachable)
    await expect(bytes(store.read('t/none', { signal }))).rejects.toMatchObject(unreachable)
    await expect(keys(store)).rejects.toMatchObject(unreachable)
    await stage.direct.send(new DeleteObjectCommand({ Bucket: settings.bucket, Key: 't/one' }))
    await stage.direct.send(new DeleteBucketCommand({ Bucket: settings.bucket }))
    await expect(store.stat('t/one')).rejects.toMatchObject(unreachable)
    await expect(bytes(store.read('t/one', { signal }))).rejects.toMatchObject(unreachable)
    await expect(keys(store)).rejects.toMatchObject(unreachable)
    await expect(store.write('t/two', chunksOf(Buffer.from('x')), { signal })).rejects.toMatchObject(
      unreachable,
    )
    await expect(store.remove('t/one')).rejects.toMatchObject(unreachable)
    await expect(store.sweep('', () => false)).rejects.toMatchObject(unreachable)
  })

  it('refuses endpoints inside unless they were allowed', async () => {
    const { settings } = await newStore()
    expect(() => open({ ...settings, allowPrivate: false })).toThrow(/not on the public internet/)
    const named = open({
      ...settings,
      allowPrivate: false,
      endpoint: settings.endpoint!.replace('127.0.0.1', 'localhost'),
    })
    const before = stage.requests.length
    await expect(named.stat('t/one')).rejects.toMatchObject({
      ...unreachable,
      hint: expect.stringContaining('--allow-private'),
    })
    expect(stage.requests.length).toBe(before)
  })
})

describe('a bucket behind a bad network', () => {
  it('ends a storm of 503 with an error, after a few tries', async () => {
    const { store } = await newStore()
    stage.fault = () => ({ status: 503, code: 'SlowDown' })
    const before = stage.requests.length
    await expect(store.stat('t/one')).rejects.toMatchObject(unreachable)
    expect(stage.requests.length - before).toBeLessThanOrEqual(patience.attempts)
    await expect(keys(store)).rejects.toMatchObject(unreachable)
    await expect(store.write('t/one', chunksOf(Buffer.from('x')), { signal })).rejects.toMatchObject(
      unreachable,
    )
    stage.fault = () => null
    expect(await keys(store)).toEqual([])
  }, 120_000)

  it('survives a 503 now and then', async () => {
    const { store } = await newStore()
    const large = randomBytes(34 * mebibyte)
    const seen = new Set<string>()
    stage.fault = (method, url) => {
      const isFirst = !seen.has(`${method} ${url}`)
      seen.add(`${method} ${url}`)
      return isFirst ? { status: 503, code: 'SlowDown' } : null
    }
    await store.write('t/one', chunksOf(large), { signal })
    stage.fault = () => null
    expect(sha(await bytes(store.read('t/one', { signal })))).toBe(sha(large))
  }, 120_000)

  it('takes no refusal for “there is none”, also when it is of one object only', async () => {
    const { store } = await newStore()
    for (const [status, code] of [
      [403, 'AccessDenied'],
      [400, 'BadRequest'],
      [500, 'InternalError'],
    ] as const) {
      stage.fault = (_, url) => (url.includes('t/one') ? { status, code } : null)
      await expect(store.stat('t/one')).rejects.toMatchObject(unreachable)
      await expect(bytes(store.read('t/one', { signal }))).rejects.toMatchObject(unreachable)
    }
  }, 120_000)

  it('does not follow a redirect', async () => {
    const { store } = await newStore()
    stage.fault = () => ({ status: 307, code: 'TemporaryRedirect' })
    await expect(store.stat('t/one')).rejects.toMatchObject(unreachable)
  })

  it('takes up a download that was cut or fell silent, at the same byte', async () => {
    const { store, settings } = await newStore()
    const content = randomBytes(6 * mebibyte)
    await store.write('t/one', chunksOf(content), { signal })
    for (const fault of [{ cutAfter: 1_500_000 }, { stallAfter: 1_500_000 }]) {
      let faults = 2
      stage.fault = (method, url) =>
        method === 'GET' && url.includes('t/one') && faults-- > 0 ? fault : null
      const reader = 'cutAfter' in fault ? store : open(settings, id, impatience)
      expect(sha(await bytes(reader.read('t/one', { signal })))).toBe(sha(content))
      expect(faults).toBeLessThanOrEqual(0)
    }
  }, 120_000)

  it('ends a download that is cut again and again, and one that says nothing, with an error', async () => {
    const { store, settings } = await newStore()
    await store.write('t/one', chunksOf(randomBytes(mebibyte)), { signal })
    for (const fault of [{ cutAfter: 10_000 }, { stallAfter: 10_000 }]) {
      stage.fault = (method, url) => (method === 'GET' && url.includes('t/one') ? fault : null)
      const reader = 'cutAfter' in fault ? store : open(settings, id, impatience)
      await expect(bytes(reader.read('t/one', { signal }))).rejects.toMatchObject(unreachable)
    }
  }, 120_000)

  it('does not go on reading an object that was replaced meanwhile', async () => {
    const { store, settings } = await newStore()
    await store.write('t/one', chunksOf(Buffer.alloc(3 * mebibyte, 1)), { signal })
    let cut = true
    stage.fault = (method, url) => {
      if (!cut || method !== 'GET' || !url.includes('t/one')) return null
      cut = false
      return { cutAfter: 1_000_000 }
    }
    const reading = (async () => {
      let first = true
      for await (const _ of open(settings, id, impatience).read('t/one', { signal })) {
        if (!first) continue
        first = false
        await stage.direct.send(
          new PutObjectCommand({
            Bucket: settings.bucket,
            Key: 't/one',
            Body: Buffer.alloc(3 * mebibyte, 2),
          }),
        )
      }
    })()
    await expect(reading).rejects.toMatchObject({ code: 'store-object-changed' })
  })

  it('knows its own object again when only the answer was lost', async () => {
    const { store } = await newStore()
    const large = randomBytes(17 * mebibyte)
    let lost = 1
    stage.fault = (method, url) =>
      method === 'POST' && url.includes('uploadId=') && lost-- > 0 ? 'lose-answer' : null
    expect(await store.write('t/large', chunksOf(large), { signal })).toEqual({ bytes: large.length })
    expect(sha(await bytes(store.read('t/large', { signal })))).toBe(sha(large))
  }, 120_000)

  it('publishes nothing when what is read back is another object than was written', async () => {
    const { store } = await newStore()
    stage.fault = (method, url) => (method === 'GET' && url.includes('t/one') ? 'wrong-etag' : null)
    const verify = async (read: () => AsyncIterable<Buffer>) => void (await bytes(read()))
    await expect(store.write('t/one', chunksOf(Buffer.from('x')), { signal, verify })).rejects.toMatchObject({
      code: 'store-object-changed',
    })
    expect(await keys(store)).toEqual([])
  })

  it('shows a byte that was flipped on the way back to who verifies', async () => {
    const { store } = await newStore()
    const content = randomBytes(100_000)
    stage.fault = (method, url) => (method === 'GET' && url.includes('t/one') ? 'flip' : null)
    const verify = async (read: () => AsyncIterable<Buffer>) => {
      if (sha(await bytes(read())) !== sha(content)) throw new Error('not what was sent')
    }
    await expect(store.write('t/one', chunksOf(content), { signal, verify })).rejects.toThrow(
      'not what was sent',
    )
    stage.fault = () => null
    expect(await keys(store)).toEqual([])
  })

  it('leaves no upload behind when it is stopped, and sweeps those of killed writers', async () => {
    const { store, settings } = await newStore('p/')
    const stop = new AbortController()
    const endless = (async function* () {
      for (let n = 0; ; n++) {
        yield randomBytes(mebibyte)
        if (n === 40) stop.abort(new Error('stopped'))
      }
    })()
    await expect(store.write('t/one', endless, { signal: stop.signal })).rejects.toThrow()
    for (const key of ['p/t/dead', 'p/t/alive', 'other/dead'])
      await stage.direct.send(new CreateMultipartUploadCommand({ Bucket: settings.bucket, Key: key }))
    const left = async () =>
      (
        (await stage.direct.send(new ListMultipartUploadsCommand({ Bucket: settings.bucket }))).Uploads ?? []
      ).map(({ Key }) => Key)
    const uploads = await left().catch(() => null)
    const swept = await store.sweep('t/', (key) => key === 't/alive')
    if (uploads) {
      expect(swept).toBe(1)
      expect(await left()).toEqual(['other/dead', 'p/t/alive'])
    } else expect(swept).toBe(0)
  }, 120_000)

  it('removes once and again', async () => {
    const { store, settings } = await newStore()
    await store.write('t/one', chunksOf(Buffer.from('x')), { signal })
    await store.remove('t/one')
    await store.remove('t/one')
    await expect(
      stage.direct.send(new GetObjectCommand({ Bucket: settings.bucket, Key: 't/one' })),
    ).rejects.toMatchObject({ name: 'NoSuchKey' })
  })
})
