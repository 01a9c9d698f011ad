import type { S3ServiceException } from '@aws-sdk/client-s3'
import { AppError, messageOf } from '#lib/errors.ts'
import { ForbiddenAddress } from '#lib/outgoing-address.ts'
import { privateHint } from '#lib/stores/s3-client.ts'
import { storeFull, unreachable } from '#lib/stores/store-errors.ts'

const statusOf = (error: unknown): number | undefined =>
  (error as Partial<S3ServiceException>)?.$metadata?.httpStatusCode

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : '')

/** The server's own “there is no such object”; a HEAD answers 404 without a word, also for a bucket that is gone. */
export const saysMissing = (error: unknown): boolean =>
  nameOf(error) === 'NoSuchKey' || (nameOf(error) === 'NotFound' && statusOf(error) === 404)

/** The key is taken: the write was conditional on it not being there. */
export const saysTaken = (error: unknown): boolean =>
  nameOf(error) === 'PreconditionFailed' ||
  nameOf(error) === 'ConditionalRequestConflict' ||
  statusOf(error) === 412

/** The server does not do this at all. */
export const saysNotOffered = (error: unknown): boolean =>
  ['NotImplemented', 'MethodNotAllowed', 'InvalidArgument', 'InvalidRequest', 'UnsupportedArgument'].includes(
    nameOf(error),
  ) || statusOf(error) === 501

export const saysDenied = (error: unknown): boolean =>
  statusOf(error) === 403 || nameOf(error) === 'AccessDenied'

const credentialHint =
  'Check the access key, and that it may list, read, write and delete in the bucket; then: holdfast stores check '

/** What a failed request means for the one who asked. Errors that are ours already pass through. */
export function explainS3(error: unknown, name: string): AppError {
  if (error instanceof AppError) return error
  const status = statusOf(error)
  if (error instanceof ForbiddenAddress) return unreachable(name, error.message, error, privateHint)
  if (status === 507 || /QuotaExceeded|StorageFull/i.test(nameOf(error)))
    return storeFull(name, 'Give the bucket more room, or shorten the retention.', error)
  if (nameOf(error) === 'NoSuchBucket') return unreachable(name, 'its bucket does not exist', error)
  if (status === 403 || nameOf(error) === 'CredentialsProviderError')
    return unreachable(name, `the credentials are refused (${nameOf(error)})`, error, credentialHint + name)
  if (status && status >= 300 && status < 400)
    return unreachable(
      name,
      `it redirects elsewhere (${nameOf(error)}), which is not followed`,
      error,
      'Give the bucket’s own region and endpoint.',
    )
  const plain = nameOf(error) === 'Error' ? messageOf(error) : `${nameOf(error)}: ${messageOf(error)}`
  const why = status ? `HTTP ${status} ${nameOf(error)}` : plain
  return unreachable(name, why.slice(0, 300), error)
}
