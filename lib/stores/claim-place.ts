import { lstat, realpath, stat } from 'node:fs/promises'
import { sep } from 'node:path'
import { dataDirectory } from '#lib/env.ts'
import { AppError, messageOf } from '#lib/errors.ts'
import { claimBucket, findBucketOwner } from '#lib/stores/claim-bucket.ts'
import type { AddStoreInput } from '#lib/stores/input.ts'
import { claimDirectory, openLocalStore, readMarker } from '#lib/stores/local-store.ts'
import { storeTaken } from '#lib/stores/store-errors.ts'
import type { LocalSettings, S3Abilities, S3Settings, StoreRecord, StoreSettings } from '#lib/stores/types.ts'

export interface ClaimedPlace {
  /** The store's id: the one that the place is marked with now. */
  id: string
  settings: StoreSettings
  warnings: string[]
}

const untried: S3Abilities = { createOnly: false, createOnlyParts: false, checksums: true, versions: false }

const invalid = (message: string, hint: string): AppError =>
  new AppError('invalid-input', message, { kind: 'invalid', hint })

const within = (inner: string, outer: string): boolean => inner === outer || inner.startsWith(outer + sep)

/** A place that somebody's archives lie in already is taken over only when that is asked for. */
function settleOwner(place: string, owner: string | null, freshId: string, adopt: boolean): string {
  if (owner === null) return freshId
  if (adopt && /^[0-9a-f-]{36}$/.test(owner)) return owner
  const taken = storeTaken(place, owner)
  throw new AppError(taken.code, taken.message, {
    kind: 'refused',
    hint: 'If that store was removed here or its Holdfast is gone, take it over: --adopt. Otherwise give another place.',
  })
}

/** Writes the mark of a store into a place after everything that can be wrong with it was looked at. */
export async function claimPlace(
  { name, place, adopt }: AddStoreInput,
  freshId: string,
  others: readonly StoreRecord[],
): Promise<ClaimedPlace> {
  return place.kind === 'local'
    ? claimLocal(name, place.directory, adopt, freshId, others)
    : claimS3(name, place, adopt, freshId)
}

async function claimLocal(
  name: string,
  directory: string,
  adopt: boolean,
  freshId: string,
  others: readonly StoreRecord[],
): Promise<ClaimedPlace> {
  // Links are followed once, now; the store is where they lead today.
  const root = await realpath(directory).catch((cause) => {
    throw invalid(
      `${directory} cannot be read: ${messageOf(cause)}`,
      'Make the directory first. One that Holdfast made could lie where a disk is not mounted.',
    )
  })
  if (!(await stat(root)).isDirectory()) throw invalid(`${root} is not a directory.`, 'Give a directory.')
  const data = await realpath(dataDirectory()).catch(() => dataDirectory())
  if (within(root, data) || within(data, root))
    throw invalid(`${root} and Holdfast’s data directory contain each other.`, 'Give a directory elsewhere.')
  for (const other of others) {
    const taken = (other.settings as Partial<LocalSettings>).directory
    if (taken && (within(root, taken) || within(taken, root)))
      throw storeTaken(root, `“${other.name}”, in ${taken}`)
  }
  const id = settleOwner(root, await readMarker(root), freshId, adopt)
  await claimDirectory(id, name, root)
  await openLocalStore(id, name, root).freeBytes()
  const [here, home] = await Promise.all([lstat(root), lstat(data).catch(() => null)])
  const warnings =
    here.dev === home?.dev
      ? [
          'It is on the same disk as Holdfast’s data: that disk’s loss takes both. Use another disk or S3 as well.',
        ]
      : []
  return { id, settings: { directory: root }, warnings }
}

type S3Place = Extract<AddStoreInput['place'], { kind: 's3' }>

async function claimS3(name: string, place: S3Place, adopt: boolean, freshId: string): Promise<ClaimedPlace> {
  const { kind: _, credentials, ...rest } = place
  const settings: S3Settings = { ...rest, abilities: untried }
  if (settings.endpoint?.startsWith('http:') && !settings.allowPrivate)
    throw invalid(
      'An endpoint without TLS is only for private networks.',
      'Use https://, or allow it explicitly: --allow-private',
    )
  const owner = await findBucketOwner(name, settings, credentials)
  const id = settleOwner(`${settings.bucket}/${settings.prefix}`, owner, freshId, adopt)
  const abilities = await claimBucket(id, name, settings, credentials)
  const warnings: string[] = []
  if (!abilities.createOnly || !abilities.createOnlyParts)
    warnings.push(
      'The server does not refuse a second object of the same name by itself; Holdfast looks before it writes.',
    )
  if (!abilities.checksums)
    warnings.push('The server takes no checksums; what was written is read back instead.')
  if (settings.lockDays === null)
    warnings.push('Archives are not locked: whoever has the key can delete them. See --lock-days.')
  if (settings.endpoint?.startsWith('http:'))
    warnings.push('The endpoint has no TLS. Archives are encrypted, their names and sizes are not.')
  return { id, settings: { ...settings, abilities }, warnings }
}
