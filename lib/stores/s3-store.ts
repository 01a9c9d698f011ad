import { randomUUID } from 'node:crypto'
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectRetentionCommand,
} from '@aws-sdk/client-s3'
import { AppError } from '#lib/errors.ts'
import { failPoint } from '#lib/fail-point.ts'
import { createS3Client, type S3Patience, usualPatience } from '#lib/stores/s3-client.ts'
import { downloadObject, downloadText } from '#lib/stores/s3-download.ts'
import { explainS3, saysDenied, saysMissing, saysNotOffered } from '#lib/stores/s3-errors.ts'
import { uploadObject } from '#lib/stores/s3-upload.ts'
import { assertKey, assertReadableKey, objectMissing, unreachable } from '#lib/stores/store-errors.ts'
import type { ArchiveStore, S3Credentials, S3Settings } from '#lib/stores/types.ts'

export const s3MarkerKey = ({ prefix }: S3Settings): string => `${prefix}.holdfast-store`

const dayMs = 86_400_000

/**
 * A bucket, or a prefix of one, that keeps archives. Objects are created, never replaced; a 404 is believed only while the
 * store's own marker is there, so that a lost bucket or another one is unreachable and not empty.
 */
export function openS3Store(
  { id, name, settings }: { id: string; name: string; settings: S3Settings },
  credentials: S3Credentials | null,
  patience: S3Patience = usualPatience,
): ArchiveStore {
  const s3 = createS3Client(name, settings, credentials, patience)
  const Bucket = settings.bucket
  const objectKeyOf = (key: string): string => settings.prefix + key

  async function explained<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw explainS3(error, name)
    }
  }

  async function assertSame(): Promise<void> {
    if (settings.foreign) return
    const owner = await downloadText(s3, Bucket, s3MarkerKey(settings), name)
    if (owner === null) throw unreachable(name, `${Bucket}/${settings.prefix} is not this store (no marker)`)
    if (owner.trim() !== id) throw unreachable(name, `${Bucket}/${settings.prefix} is another store`)
  }

  const head = (key: string) =>
    s3.send(new HeadObjectCommand({ Bucket, Key: objectKeyOf(key) })).catch(async (error) => {
      if (!saysMissing(error)) throw error
      await assertSame()
      return null
    })

  /** Every version of an object, where the bucket keeps versions; else the one there is. */
  async function* versionsOf(key: string): AsyncGenerator<string | undefined> {
    if (!settings.abilities.versions) return yield undefined
    for (let marker: { KeyMarker?: string; VersionIdMarker?: string } = {}; ; ) {
      const page = await s3.send(
        new ListObjectVersionsCommand({ Bucket, Prefix: objectKeyOf(key), ...marker }),
      )
      for (const one of [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])])
        if (one.Key === objectKeyOf(key)) yield one.VersionId
      if (!page.IsTruncated) return
      marker = { KeyMarker: page.NextKeyMarker!, VersionIdMarker: page.NextVersionIdMarker! }
    }
  }

  const locked = (key: string, until: Date | undefined, cause?: unknown): AppError =>
    new AppError(
      'store-object-locked',
      `${key} in “${name}” is locked${until ? ` until ${until.toISOString()}` : ''} and cannot be removed.`,
      { kind: 'refused', hint: 'It can be removed when its lock has ended.', cause },
    )

  async function lock(key: string): Promise<void> {
    if (settings.lockDays === null) return
    await s3.send(
      new PutObjectRetentionCommand({
        Bucket,
        Key: objectKeyOf(key),
        Retention: {
          Mode: 'COMPLIANCE',
          RetainUntilDate: new Date(Date.now() + settings.lockDays * dayMs),
        },
      }),
    )
  }

  async function remove(key: string): Promise<void> {
    const found = await head(key)
    const until = found?.ObjectLockRetainUntilDate
    if (until && until.getTime() > Date.now()) throw locked(key, until)
    try {
      for await (const version of versionsOf(key)) {
        await s3.send(
          new DeleteObjectCommand({
            Bucket,
            Key: objectKeyOf(key),
            ...(version ? { VersionId: version } : {}),
          }),
        )
      }
    } catch (error) {
      throw saysDenied(error) ? locked(key, until, error) : error
    }
    failPoint('stores.after-remove')
    if (await head(key)) throw locked(key, until)
  }

  return {
    id,
    name,
    kind: 's3',
    write: (key, content, options) =>
      explained(async () => {
        assertKey(key)
        await assertSame()
        const { signal, verify, expectedBytes } = options
        // What the content throws must come out as it is, not as a failure of the store.
        let sourceError: { error: unknown } | undefined
        const watched = (async function* () {
          try {
            yield* content
          } catch (error) {
            sourceError = { error }
            throw error
          }
        })()
        const objectKey = objectKeyOf(key)
        const request = { s3, settings, storeName: name, key, objectKey, expectedBytes, signal }
        const uploaded = await uploadObject({ ...request, content: watched, token: randomUUID() }).catch(
          (error) => {
            if (sourceError) throw new SourceFailed(sourceError.error)
            throw error
          },
        )
        const own = { s3, settings, storeName: name, objectKey, from: 0, etag: uploaded.etag }
        try {
          if (verify)
            await verify(() => downloadObject({ ...own, silenceMs: patience.silenceMs, signal })).catch(
              (error) => {
                throw new SourceFailed(error)
              },
            )
          await lock(key)
        } catch (error) {
          await remove(key).catch(() => {})
          throw error
        }
        return { bytes: uploaded.bytes }
      }).catch((error) => {
        throw error instanceof SourceFailed ? error.error : error
      }),
    async *read(key, { signal, from = 0 }) {
      assertReadableKey(key)
      try {
        const objectKey = objectKeyOf(key)
        const { silenceMs } = patience
        yield* downloadObject({ s3, settings, storeName: name, objectKey, from, silenceMs, signal })
      } catch (error) {
        signal.throwIfAborted()
        if (!saysMissing(error)) throw explainS3(error, name)
        await assertSame()
        throw objectMissing(name, key)
      }
    },
    stat: (key) =>
      explained(async () => {
        assertReadableKey(key)
        const found = await head(key)
        return (
          found && { key, bytes: found.ContentLength ?? 0, modifiedAt: found.LastModified ?? new Date(0) }
        )
      }),
    async *list(prefix) {
      await assertSame()
      try {
        for (let token: string | undefined; ; ) {
          const page = await s3.send(
            new ListObjectsV2Command({ Bucket, Prefix: objectKeyOf(prefix), ContinuationToken: token }),
          )
          for (const { Key, Size, LastModified } of page.Contents ?? []) {
            if (!Key || Key === s3MarkerKey(settings) || Key.endsWith('/')) continue
            yield {
              key: Key.slice(settings.prefix.length),
              bytes: Size ?? 0,
              modifiedAt: LastModified ?? new Date(0),
            }
          }
          if (!page.IsTruncated) return
          token = page.NextContinuationToken
        }
      } catch (error) {
        throw explainS3(error, name)
      }
    },
    remove: (key) =>
      explained(async () => {
        assertReadableKey(key)
        await assertSame()
        await remove(key)
      }),
    sweep: (prefix, taking) =>
      explained(async () => {
        await assertSame()
        let removed = 0
        for (let marker: { KeyMarker?: string; UploadIdMarker?: string } = {}; ; ) {
          const page = await s3
            .send(new ListMultipartUploadsCommand({ Bucket, Prefix: objectKeyOf(prefix), ...marker }))
            .catch((error) => {
              if (saysNotOffered(error)) return null
              throw error
            })
          for (const { Key, UploadId } of page?.Uploads ?? []) {
            if (!Key || taking(Key.slice(settings.prefix.length))) continue
            await s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }))
            removed++
          }
          if (!page?.IsTruncated) return removed
          marker = { KeyMarker: page.NextKeyMarker!, UploadIdMarker: page.NextUploadIdMarker! }
        }
      }),
    freeBytes: async () => null,
  }
}

/** Carries what the content or the verification threw past the words for failures of the store. */
class SourceFailed extends AppError {
  readonly error: unknown
  constructor(error: unknown) {
    super('source-failed', 'The content of a write failed.')
    this.error = error
  }
}
