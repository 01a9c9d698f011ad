import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { AppError } from '#lib/errors.ts'
import { failPoint } from '#lib/fail-point.ts'
import { saysMissing, saysTaken } from '#lib/stores/s3-errors.ts'
import { objectExists } from '#lib/stores/store-errors.ts'
import type { S3Settings } from '#lib/stores/types.ts'

const mebibyte = 1 << 20
const smallestPart = 16 * mebibyte
const mostParts = 10_000
/** Parts under way at a time; with the one being filled, three of them are in memory. */
const partsAtOnce = 2
const tokenName = 'holdfast-write'

export interface UploadRequest {
  s3: S3Client
  settings: S3Settings
  storeName: string
  key: string
  /** The name within the bucket. */
  objectKey: string
  content: AsyncIterable<Uint8Array>
  expectedBytes: number | undefined
  signal: AbortSignal
  /** Ours alone, kept with the object: tells our own object from another's when an answer was lost. */
  token: string
}

export interface Uploaded {
  bytes: number
  etag: string
}

/** The same size for every part, which some servers demand, and large enough for 10,000 of them to do. */
export const partBytesFor = (expectedBytes: number | undefined): number =>
  Math.max(smallestPart, Math.ceil(((expectedBytes ?? 0) * 1.25) / mostParts / mebibyte) * mebibyte)

/** Cuts a stream into parts; a short last one, or none at all for nothing. */
export async function* cutIntoParts(
  content: AsyncIterable<Uint8Array>,
  partBytes: number,
): AsyncGenerator<Buffer> {
  let part = Buffer.allocUnsafe(partBytes)
  let filled = 0
  for await (const chunk of content) {
    for (let at = 0; at < chunk.length; ) {
      const taken = Math.min(chunk.length - at, partBytes - filled)
      part.set(chunk.subarray(at, at + taken), filled)
      at += taken
      filled += taken
      if (filled === partBytes) {
        yield part
        part = Buffer.allocUnsafe(partBytes)
        filled = 0
      }
    }
  }
  if (filled > 0) yield part.subarray(0, filled)
}

/** Uploads an object that does not exist yet, in one request or in parts; leaves nothing when it fails. */
export async function uploadObject(request: UploadRequest): Promise<Uploaded> {
  const { settings, content, expectedBytes, signal } = request
  if (!settings.abilities.createOnly || !settings.abilities.createOnlyParts) await assertFree(request)
  const parts = cutIntoParts(content, partBytesFor(expectedBytes))[Symbol.asyncIterator]()
  const [first, second] = [await parts.next(), await parts.next()]
  signal.throwIfAborted()
  if (second.done) return putWhole(request, first.done ? Buffer.alloc(0) : first.value)
  return uploadParts(request, [first.value, second.value], parts)
}

async function assertFree({ s3, settings, objectKey, storeName, key, signal }: UploadRequest): Promise<void> {
  try {
    await s3.send(new HeadObjectCommand({ Bucket: settings.bucket, Key: objectKey }), { abortSignal: signal })
  } catch (error) {
    if (saysMissing(error)) return
    throw error
  }
  throw objectExists(storeName, key)
}

/** What lies under the key, if it is what we wrote: then only the answer to our request was lost. */
async function findOwn(request: UploadRequest, bytes: number): Promise<Uploaded | null> {
  const { s3, settings, objectKey, token } = request
  const found = await s3
    .send(new HeadObjectCommand({ Bucket: settings.bucket, Key: objectKey }))
    .catch((error) => {
      if (saysMissing(error)) return null
      throw error
    })
  if (found?.Metadata?.[tokenName] !== token || found.ContentLength !== bytes) return null
  return { bytes, etag: found.ETag ?? '' }
}

const checksum = ({ abilities }: S3Settings) =>
  abilities.checksums ? ({ ChecksumAlgorithm: 'CRC32' } as const) : {}

async function putWhole(request: UploadRequest, body: Buffer): Promise<Uploaded> {
  const { s3, settings, objectKey, signal, token } = request
  const put = new PutObjectCommand({
    Bucket: settings.bucket,
    Key: objectKey,
    Body: body,
    ContentLength: body.length,
    Metadata: { [tokenName]: token },
    ...(settings.abilities.createOnly ? { IfNoneMatch: '*' } : {}),
    ...checksum(settings),
  })
  try {
    const { ETag } = await s3.send(put, { abortSignal: signal })
    return { bytes: body.length, etag: ETag ?? '' }
  } catch (error) {
    return settle(request, error, body.length)
  }
}

/** A failed write is done after all when only the answer was lost; a try of the client's own may have met the one before. */
async function settle(request: UploadRequest, error: unknown, bytes: number): Promise<Uploaded> {
  request.signal.throwIfAborted()
  const own = await findOwn(request, bytes).catch(() => null)
  if (own) return own
  throw saysTaken(error) ? objectExists(request.storeName, request.key) : error
}

async function uploadParts(
  request: UploadRequest,
  first: Buffer[],
  rest: AsyncIterator<Buffer>,
): Promise<Uploaded> {
  const { s3, settings, objectKey, signal, token } = request
  const place = { Bucket: settings.bucket, Key: objectKey }
  const { UploadId } = await s3.send(
    new CreateMultipartUploadCommand({ ...place, Metadata: { [tokenName]: token }, ...checksum(settings) }),
    { abortSignal: signal },
  )
  const upload = { ...place, UploadId }
  try {
    const { parts, bytes } = await sendParts(request, upload, first, rest)
    failPoint('stores.before-complete')
    if (!settings.abilities.createOnlyParts) await assertFree(request)
    const complete = new CompleteMultipartUploadCommand({
      ...upload,
      MultipartUpload: { Parts: parts },
      ...(settings.abilities.createOnlyParts ? { IfNoneMatch: '*' } : {}),
    })
    const uploaded = await s3.send(complete, { abortSignal: signal }).then(
      ({ ETag }) => ({ bytes, etag: ETag ?? '' }),
      (error) => settle(request, error, bytes),
    )
    failPoint('stores.after-complete')
    return uploaded
  } catch (error) {
    // Parts that stay cost money for ever; what cannot be given up now is swept later.
    await s3.send(new AbortMultipartUploadCommand(upload)).catch(() => {})
    throw error
  }
}

async function sendParts(
  { s3, settings, signal, storeName }: UploadRequest,
  upload: { Bucket: string; Key: string; UploadId: string | undefined },
  first: Buffer[],
  rest: AsyncIterator<Buffer>,
): Promise<{ parts: CompletedPart[]; bytes: number }> {
  const parts: CompletedPart[] = []
  const underWay = new Set<Promise<void>>()
  const stop = new AbortController()
  const either = AbortSignal.any([signal, stop.signal])
  let bytes = 0

  const send = async (number: number, body: Buffer): Promise<void> => {
    const sent = await s3.send(
      new UploadPartCommand({
        ...upload,
        PartNumber: number,
        Body: body,
        ContentLength: body.length,
        ...checksum(settings),
      }),
      { abortSignal: either },
    )
    parts[number - 1] = {
      PartNumber: number,
      ETag: sent.ETag,
      ...(sent.ChecksumCRC32 ? { ChecksumCRC32: sent.ChecksumCRC32 } : {}),
    }
  }
  try {
    for (let number = 1; ; number++) {
      // Taken off the list, so that nothing keeps a part once it was sent.
      const early = first.shift()
      const next = early ? { done: false as const, value: early } : await rest.next()
      if (next.done) break
      if (number > mostParts)
        throw new AppError('store-object-too-large', `“${storeName}” takes at most ${mostParts} parts.`)
      either.throwIfAborted()
      bytes += next.value.length
      const part = send(number, next.value)
      const tracked: Promise<void> = part.finally(() => underWay.delete(tracked))
      // A part that fails while the next one is read must not be an unhandled rejection; the race below sees it.
      tracked.catch((error) => stop.abort(error))
      underWay.add(tracked)
      if (underWay.size >= partsAtOnce) await Promise.race(underWay)
    }
    await Promise.all(underWay)
    either.throwIfAborted()
    return { parts, bytes }
  } catch (error) {
    stop.abort(error)
    await Promise.allSettled(underWay)
    await rest.return?.()
    throw stop.signal.reason ?? error
  }
}
