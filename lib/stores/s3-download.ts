import type { Readable } from 'node:stream'
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { AppError, messageOf } from '#lib/errors.ts'
import { explainS3, saysMissing, saysTaken } from '#lib/stores/s3-errors.ts'
import { objectChanged, unreachable } from '#lib/stores/store-errors.ts'
import type { S3Settings } from '#lib/stores/types.ts'

/** How often a download is taken up again where it was cut, before it counts as failed. */
const resumes = 3

export interface DownloadRequest {
  s3: S3Client
  settings: S3Settings
  storeName: string
  objectKey: string
  from: number
  /** Only this very object: one that was replaced meanwhile is refused by the server. */
  etag?: string
  silenceMs: number
  signal: AbortSignal
}

class Silent extends Error {}

/** Waits for the next chunk no longer than `silenceMs`: a connection that says nothing more is dead. */
async function nextWithin<T>(
  chunks: AsyncIterator<T>,
  silenceMs: number,
): Promise<IteratorResult<T, unknown>> {
  let timer: NodeJS.Timeout | undefined
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Silent(`no bytes for ${silenceMs} ms`)), silenceMs)
  })
  try {
    return await Promise.race([chunks.next(), silence])
  } finally {
    clearTimeout(timer)
  }
}

/**
 * An object's bytes. A connection that is cut or falls silent is taken up again at the same byte of the same object; what
 * is shorter than announced is an error. The caller decides what a missing object means.
 */
export async function* downloadObject(request: DownloadRequest): AsyncGenerator<Buffer> {
  const { s3, settings, storeName, objectKey, silenceMs, signal } = request
  let { from, etag } = request
  /** Null where the server does not say; then its end is believed. */
  let total: number | null | undefined
  for (let attempt = 0; ; attempt++) {
    let body: Readable | undefined
    try {
      const got = await s3.send(
        new GetObjectCommand({
          Bucket: settings.bucket,
          Key: objectKey,
          ...(from > 0 ? { Range: `bytes=${from}-` } : {}),
          ...(etag ? { IfMatch: etag } : {}),
        }),
        { abortSignal: signal },
      )
      // Not every server knows the condition.
      if (etag && got.ETag !== etag) throw objectChanged(storeName, objectKey)
      etag ??= got.ETag
      if (total === undefined) total = got.ContentLength === undefined ? null : from + got.ContentLength
      body = got.Body as Readable
      const chunks = body[Symbol.asyncIterator]() as AsyncIterator<Buffer>
      for (;;) {
        const next = await nextWithin(chunks, silenceMs)
        signal.throwIfAborted()
        if (next.done) break
        from += next.value.length
        yield next.value
      }
      if (total === null || from === total) return
      throw new Error(`ended after ${from} of ${total} bytes`)
    } catch (error) {
      signal.throwIfAborted()
      // An empty object has no byte to begin at.
      if (rangeIsEmpty(error)) return
      if (error instanceof AppError) throw error
      if (saysTaken(error)) throw objectChanged(storeName, objectKey, error)
      // Before the first answer the client has tried again by itself already.
      if (saysMissing(error) || !body) throw error
      if (attempt >= resumes)
        throw unreachable(storeName, `the download broke off: ${messageOf(error)}`, error)
    } finally {
      body?.destroy()
    }
  }
}

const rangeIsEmpty = (error: unknown): boolean => error instanceof Error && error.name === 'InvalidRange'

/** A small object in memory; refuses one that is larger than it can be. */
export async function downloadText(
  s3: S3Client,
  bucket: string,
  key: string,
  storeName: string,
): Promise<string | null> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key, Range: 'bytes=0-199' }))
    return (await Body?.transformToString()) ?? ''
  } catch (error) {
    if (saysMissing(error)) return null
    throw explainS3(error, storeName)
  }
}
