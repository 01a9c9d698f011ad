import { ListObjectVersionsCommand } from '@aws-sdk/client-s3'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { claimBucket } from '#lib/stores/claim-bucket.ts'
import { openS3Store } from '#lib/stores/s3-store.ts'
import type { ArchiveStore, S3Settings } from '#lib/stores/types.ts'
import { createS3Stage, type S3Stage } from '#lib/testing/s3-stage.ts'

const id = '0195a000-0000-7000-8000-000000000001'
const { signal } = new AbortController()
const patience = { attempts: 2, silenceMs: 5000 }

let stage: S3Stage

async function newStore(lockDays: number | null): Promise<{ settings: S3Settings; store: ArchiveStore }> {
  const settings = { ...(await stage.newBucket('', lockDays !== null)), lockDays }
  const abilities = await claimBucket(id, 'vault', settings, stage.credentials, patience)
  const full = { ...settings, abilities }
  return {
    settings: full,
    store: openS3Store({ id, name: 'vault', settings: full }, stage.credentials, patience),
  }
}

async function* content(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text)
}

async function* large(): AsyncGenerator<Buffer> {
  for (let n = 0; n < 34; n++) yield Buffer.alloc(1 << 20, n)
}

// What the test server of the dependencies does not do; see docs/stores.md for the server that does.
describe('a complete S3 server', () => {
  beforeAll(async () => {
    stage = await createS3Stage()
  })
  afterEach(() => {
    stage.fault = () => null
  })

  it('keeps a locked archive from everybody until its lock ends, also when its key is used again', async () => {
    const { store, settings } = await newStore(1)
    expect(settings.abilities.versions).toBe(true)
    await store.write('t/one', content('x'), { signal })
    await store.write('t/large', large(), { signal })
    for (const key of ['t/one', 't/large'])
      await expect(store.remove(key)).rejects.toMatchObject({ code: 'store-object-locked' })
    expect(await store.stat('t/one')).toMatchObject({ bytes: 1 })
    await expect(store.write('t/one', content('y'), { signal })).rejects.toMatchObject({
      code: 'store-object-exists',
    })
  })

  it('does not lock what failed its verification, and keeps nothing of it', async () => {
    const { store, settings } = await newStore(1)
    const verify = async () => {
      throw new Error('not what was sent')
    }
    await expect(store.write('t/one', content('x'), { signal, verify })).rejects.toThrow('not what was sent')
    const { Versions, DeleteMarkers } = await stage.direct.send(
      new ListObjectVersionsCommand({ Bucket: settings.bucket, Prefix: 't/' }),
    )
    expect([...(Versions ?? []), ...(DeleteMarkers ?? [])]).toEqual([])
  })

  it('refuses a second object of the same key by itself, where it says so', async () => {
    const { store, settings } = await newStore(null)
    expect(settings.abilities.createOnly).toBe(true)
    await store.write('t/one', content('first'), { signal })
    // The look before the write is taken away: only the server's own condition is left.
    stage.fault = (method, url) =>
      method === 'HEAD' && url.includes('t/one') ? { status: 404, code: 'NotFound' } : null
    await expect(store.write('t/one', content('second'), { signal })).rejects.toMatchObject({
      code: 'store-object-exists',
    })
  })

  it('refuses a wrong secret', async () => {
    const { settings } = await newStore(null)
    const wrong = openS3Store(
      { id, name: 'vault', settings },
      { ...stage.credentials, secretAccessKey: 'wrong' },
      patience,
    )
    await expect(wrong.stat('t/one')).rejects.toMatchObject({ code: 'store-unreachable' })
  })

  it('ends no upload whose parts are not those that it has', async () => {
    const { store } = await newStore(null)
    stage.fault = (method, url) => (method === 'PUT' && url.includes('partNumber=2') ? 'wrong-etag' : null)
    await expect(store.write('t/one', large(), { signal })).rejects.toMatchObject({
      code: 'store-unreachable',
    })
    stage.fault = () => null
    expect(await store.stat('t/one')).toBeNull()
  })
})
