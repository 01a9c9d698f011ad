export type StoreKind = 'local' | 's3'

export interface LocalSettings {
  /** Absolute, or null for `archives` in the data directory. */
  directory: string | null
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
  /** Days that an archive is locked against deletion for everybody, where the bucket has object lock. Null: none. */
  lockDays: number | null
}

export interface StoredObject {
  key: string
  bytes: number
  modifiedAt: Date
}

export interface WriteOptions {
  signal: AbortSignal
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
