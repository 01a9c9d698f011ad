export type StoreKind = 'local' | 's3'

export interface LocalSettings {
  /** Absolute, or null for `archives` in the data directory. */
  directory: string | null
  /** Somebody else's archives lie there: it is never written to, not even a marker. */
  foreign?: boolean
}

export interface S3Settings {
  /** Null: AWS itself. */
  endpoint: string | null
  region: string
  bucket: string
  /** Begins every name within the bucket; ends with a slash or is empty. */
  prefix: string
  /** `endpoint/bucket/key` instead of `bucket.endpoint/key`; most servers other than AWS want it. */
  pathStyle: boolean
  /** Days that an archive is locked against deletion for everybody; the bucket has object lock then. Null: none. */
  lockDays: number | null
  /** Whether the endpoint may be in a private network, such as a server in the same rack. */
  allowPrivate: boolean
  /** What the server was found to do when the store was added. */
  abilities: S3Abilities
  /** Somebody else's archives lie there: it is never written to, not even a marker. */
  foreign?: boolean
}

/** Servers that speak S3 differ; what one does not do is then guarded otherwise, or said. */
export interface S3Abilities {
  /** Refuses a second object of the same key by itself (`If-None-Match: *`). Where not, Holdfast looks before it writes. */
  createOnly: boolean
  /** The same when an upload of many parts ends. */
  createOnlyParts: boolean
  /** Takes and checks a CRC-32 of each part. The signature covers every part's SHA-256 in any case. */
  checksums: boolean
  /** Keeps old versions; removing an object means removing all of them. */
  versions: boolean
}

export type StoreSettings = LocalSettings | S3Settings

/** A store as it is listed. */
export interface StoreRecord {
  id: string
  name: string
  kind: StoreKind
  settings: StoreSettings
  status: 'reachable' | 'unreachable'
  statusAt: Date
  error: { code: string; message: string; hint: string | null } | null
  usedBytes: number | null
  freeBytes: number | null
  createdAt: Date
}

export interface S3Credentials {
  accessKeyId: string
  secretAccessKey: string
}

export interface StoredObject {
  key: string
  bytes: number
  modifiedAt: Date
}

export interface WriteOptions {
  signal: AbortSignal
  /** About how much comes, where that is known: S3 takes at most 10,000 parts, so large objects need larger ones. */
  expectedBytes?: number
  /**
   * Reads back what was written before it counts: a local file before it gets its name, an S3 object after its upload.
   * When it throws, nothing stays under the key.
   */
  verify?(read: () => AsyncIterable<Buffer>): Promise<void>
}

/**
 * A place that keeps archives. Keys are made of ids, never of anything that was given. Every method throws AppError
 * `store-unreachable` (kind `unavailable`) when the place does not answer or is not the one it was when it was added:
 * an unreachable store is never an empty one.
 */
export interface ArchiveStore {
  readonly id: string
  readonly name: string
  readonly kind: StoreKind
  /**
   * Writes an object that does not exist yet, durably, in constant memory; it appears under its key only when it is
   * whole. Throws AppError `store-object-exists`, `store-full`, or what `content` or `verify` threw.
   */
  write(key: string, content: AsyncIterable<Uint8Array>, options: WriteOptions): Promise<{ bytes: number }>
  /** The object's bytes from `from` on. Throws AppError `store-object-missing`. */
  read(key: string, options: { signal: AbortSignal; from?: number }): AsyncIterable<Buffer>
  /** Null when the store answered that there is none. */
  stat(key: string): Promise<StoredObject | null>
  /** The finished objects whose key begins with `prefix`, in the order of their keys. */
  list(prefix: string): AsyncIterable<StoredObject>
  /** Removes an object; safe to repeat. Throws when it is still there afterwards (object lock). */
  remove(key: string): Promise<void>
  /** Removes what killed writers left (partial files, unfinished uploads) under `prefix`, except of the keys in `taking`. */
  sweep(prefix: string, taking: (key: string) => boolean): Promise<number>
  /** Null where the store does not say. */
  freeBytes(): Promise<number | null>
}
