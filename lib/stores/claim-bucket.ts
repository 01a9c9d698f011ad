import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetBucketVersioningCommand,
  GetObjectLockConfigurationCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { AppError } from '#lib/errors.ts'
import { createS3Client, type S3Patience, usualPatience } from '#lib/stores/s3-client.ts'
import { downloadText } from '#lib/stores/s3-download.ts'
import { explainS3, saysDenied, saysNotOffered, saysTaken } from '#lib/stores/s3-errors.ts'
import { s3MarkerKey } from '#lib/stores/s3-store.ts'
import { storeTaken, unreachable } from '#lib/stores/store-errors.ts'
import type { S3Abilities, S3Credentials, S3Settings } from '#lib/stores/types.ts'

interface Claim {
  s3: S3Client
  id: string
  name: string
  settings: S3Settings
}

/**
 * Marks a bucket or prefix as this store, or recognises it, and finds out what its server does. Throws AppError
 * `store-taken` when it belongs to another, `store-no-lock` when locks were asked for and there are none,
 * `store-unreachable`. Safe to repeat.
 */
export async function claimBucket(
  id: string,
  name: string,
  settings: S3Settings,
  credentials: S3Credentials | null,
  patience: S3Patience = usualPatience,
): Promise<S3Abilities> {
  const claim = { s3: createS3Client(name, settings, credentials, patience), id, name, settings }
  try {
    const there = await downloadText(claim.s3, settings.bucket, s3MarkerKey(settings), name)
    if (there !== null && there.trim() !== id)
      throw storeTaken(`${settings.bucket}/${settings.prefix}`, there.trim())
    await assertLockable(claim)
    const versions = await keepsVersions(claim)
    const checksums = await writeMarker(claim)
    const abilities = {
      versions,
      checksums,
      createOnly: await refusesSecond(claim),
      createOnlyParts: await refusesSecondOfParts(claim),
    }
    const written = await downloadText(claim.s3, settings.bucket, s3MarkerKey(settings), name)
    if (written?.trim() !== id) throw unreachable(name, 'it does not give back what was written to it')
    return abilities
  } catch (error) {
    throw explainS3(error, name)
  } finally {
    claim.s3.destroy()
  }
}

/** The id of the store that a bucket or prefix is marked as; null when it is none. */
export async function findBucketOwner(
  name: string,
  settings: S3Settings,
  credentials: S3Credentials | null,
  patience: S3Patience = usualPatience,
): Promise<string | null> {
  const s3 = createS3Client(name, settings, credentials, patience)
  try {
    return (await downloadText(s3, settings.bucket, s3MarkerKey(settings), name))?.trim() ?? null
  } finally {
    s3.destroy()
  }
}

async function assertLockable({ s3, name, settings }: Claim): Promise<void> {
  if (settings.lockDays === null) return
  const found = await s3
    .send(new GetObjectLockConfigurationCommand({ Bucket: settings.bucket }))
    .catch((error) => {
      if (
        error.name === 'ObjectLockConfigurationNotFoundError' ||
        saysNotOffered(error) ||
        error.$metadata?.httpStatusCode === 404
      )
        return null
      throw error
    })
  if (found?.ObjectLockConfiguration?.ObjectLockEnabled === 'Enabled') return
  throw new AppError('store-no-lock', `The bucket of “${name}” has no object lock.`, {
    kind: 'refused',
    hint: 'Make a bucket with object lock, or leave out --lock-days: then whoever has the key can delete archives.',
  })
}

/** A server that does not know versions keeps none; one that does not tell us is asked for them all the same. */
async function keepsVersions({ s3, settings }: Claim): Promise<boolean> {
  try {
    const { Status } = await s3.send(new GetBucketVersioningCommand({ Bucket: settings.bucket }))
    return Status === 'Enabled' || Status === 'Suspended'
  } catch (error) {
    if (saysNotOffered(error) || saysDenied(error)) return false
    throw error
  }
}

const marker = ({ id, settings }: Claim) => ({
  Bucket: settings.bucket,
  Key: s3MarkerKey(settings),
  Body: Buffer.from(`${id}\n`),
})

/** Writes the marker with a checksum, and without one where the server refuses that; returns which it was. */
async function writeMarker(claim: Claim): Promise<boolean> {
  try {
    await claim.s3.send(new PutObjectCommand({ ...marker(claim), ChecksumAlgorithm: 'CRC32' }))
    return true
  } catch (error) {
    if (!saysNotOffered(error)) throw error
    await claim.s3.send(new PutObjectCommand(marker(claim)))
    return false
  }
}

/** Writing the marker, with the content that it has, on condition that there is none: a server that knows refuses. */
async function refusesSecond(claim: Claim): Promise<boolean> {
  try {
    await claim.s3.send(new PutObjectCommand({ ...marker(claim), IfNoneMatch: '*' }))
    return false
  } catch (error) {
    if (saysTaken(error)) return true
    if (saysNotOffered(error)) return false
    throw error
  }
}

async function refusesSecondOfParts(claim: Claim): Promise<boolean> {
  const { Body, ...place } = marker(claim)
  const { UploadId } = await claim.s3.send(new CreateMultipartUploadCommand(place))
  const upload = { ...place, UploadId }
  try {
    const { ETag } = await claim.s3.send(new UploadPartCommand({ ...upload, PartNumber: 1, Body }))
    await claim.s3.send(
      new CompleteMultipartUploadCommand({
        ...upload,
        MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] },
        IfNoneMatch: '*',
      }),
    )
    return false
  } catch (error) {
    await claim.s3.send(new AbortMultipartUploadCommand(upload)).catch(() => {})
    if (saysTaken(error)) return true
    if (saysNotOffered(error)) return false
    throw error
  }
}
