import { basename, join, resolve } from 'node:path'
import { dataDirectory } from '#lib/env.ts'
import { AppError } from '#lib/errors.ts'
import { openLocalStore, readMarker } from '#lib/stores/local-store.ts'
import { readOnlyStore } from '#lib/stores/read-only-store.ts'
import { createS3Client } from '#lib/stores/s3-client.ts'
import { downloadText } from '#lib/stores/s3-download.ts'
import { explainS3 } from '#lib/stores/s3-errors.ts'
import { openS3Store, s3MarkerKey } from '#lib/stores/s3-store.ts'
import type { ArchiveStore, S3Credentials, S3Settings, StoreSettings } from '#lib/stores/types.ts'

export interface StorePlaceOptions {
  endpoint?: string | undefined
  region?: string | undefined
  pathStyle?: boolean | undefined
  allowPrivate?: boolean | undefined
}

/** A store that no control database knows (any more), as its own marker says who it is. Read only. */
export interface FoundStore {
  store: ArchiveStore
  /** What a record of it would say of where it is. */
  settings: StoreSettings
  /** A name that fits the place, for a record that has to be made. */
  suggestedName: string
  /** What a record of it has to keep, sealed, so that it stays open. Null: none, or the machine's own. */
  credentials: S3Credentials | null
}

const nameOf = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 60) || 'archives'

const noStore = (place: string, hint: string): AppError =>
  new AppError('store-not-found', `There is no Holdfast store at ${place}.`, { kind: 'not-found', hint })

/**
 * Opens the store at `place`, a directory or `s3://bucket/prefix`, with no control database: for the day when that is lost.
 * S3 credentials come from the environment, as for `stores add`, else from the machine. Writes nothing.
 * Throws AppError `store-not-found` or `store-unreachable`.
 */
export async function openStoreAt(place: string, options: StorePlaceOptions = {}): Promise<FoundStore> {
  return place.startsWith('s3://') ? openBucket(place, options) : openDirectory(place)
}

async function openDirectory(place: string): Promise<FoundStore> {
  const root = resolve(place)
  const id = await readMarker(root)
  if (id === null) {
    const below = await readMarker(join(root, 'archives'))
    throw noStore(
      root,
      below
        ? `It is one folder further: ${join(root, 'archives')}`
        : 'Is the disk mounted? Give the directory that holds the file .holdfast-store.',
    )
  }
  const isDefault = root === join(dataDirectory(), 'archives')
  const suggestedName = isDefault ? 'local' : nameOf(basename(root))
  return {
    store: readOnlyStore(openLocalStore(id, suggestedName, root)),
    settings: { directory: isDefault ? null : root },
    suggestedName,
    credentials: null,
  }
}

/** As for `stores add`: from the environment, else those of the machine. */
function givenCredentials(): S3Credentials | null {
  const { env } = process
  const accessKeyId = env.HOLDFAST_STORE_ACCESS_KEY ?? env.AWS_ACCESS_KEY_ID
  const secretAccessKey = env.HOLDFAST_STORE_SECRET_KEY ?? env.AWS_SECRET_ACCESS_KEY
  return accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : null
}

async function openBucket(place: string, options: StorePlaceOptions): Promise<FoundStore> {
  const url = new URL(place)
  const folder = decodeURIComponent(url.pathname).replace(/^\/+/, '')
  const settings: S3Settings = {
    endpoint: options.endpoint ?? null,
    region: options.region ?? process.env.AWS_REGION ?? 'us-east-1',
    bucket: url.hostname,
    prefix: folder === '' || folder.endsWith('/') ? folder : `${folder}/`,
    pathStyle: options.pathStyle ?? options.endpoint !== undefined,
    lockDays: null,
    allowPrivate: options.allowPrivate ?? false,
    // Of consequence to writers only; who registers the store for good lets Holdfast find out.
    abilities: { createOnly: false, createOnlyParts: false, checksums: false, versions: false },
  }
  const suggestedName = nameOf(settings.prefix ? basename(settings.prefix) : settings.bucket)
  const credentials = givenCredentials()
  const s3 = createS3Client(suggestedName, settings, credentials)
  let id: string | null
  try {
    id = await downloadText(s3, settings.bucket, s3MarkerKey(settings), suggestedName)
  } catch (error) {
    throw explainS3(error, suggestedName)
  } finally {
    s3.destroy()
  }
  if (id === null) throw noStore(place, 'Give the bucket and the prefix under which .holdfast-store lies.')
  const record = { id: id.trim(), name: suggestedName, settings }
  return { store: readOnlyStore(openS3Store(record, credentials)), settings, suggestedName, credentials }
}
