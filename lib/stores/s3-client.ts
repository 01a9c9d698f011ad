import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { S3Client } from '@aws-sdk/client-s3'
import { assertMayReach, guardedLookup } from '#lib/outgoing-address.ts'
import { unreachable } from '#lib/stores/store-errors.ts'
import type { S3Credentials, S3Settings } from '#lib/stores/types.ts'

const attempts = 4
const connectMs = 10_000
/** The client's own limit, which ends with the answer's first byte; a body that falls silent is ended by the download. */
const leastSocketMs = 10_000
/** Some servers say nothing while they put the parts of a large object together. */
const silenceMs = 120_000

/** What tests shorten. */
export interface S3Patience {
  attempts: number
  /** How long a connection may say nothing before it counts as dead. */
  silenceMs: number
}

export const usualPatience: S3Patience = { attempts, silenceMs }

/**
 * A client of one S3 endpoint. Its sockets connect only to addresses that may be reached, it follows no redirect, and it
 * gives up after a few tries with growing pauses. Null credentials: those of the machine.
 */
export function createS3Client(
  name: string,
  settings: S3Settings,
  credentials: S3Credentials | null,
  patience: S3Patience = usualPatience,
): S3Client {
  const { endpoint, allowPrivate } = settings
  const lookup = guardedLookup(allowPrivate)
  if (endpoint) {
    try {
      assertMayReach(new URL(endpoint).hostname, allowPrivate)
    } catch (cause) {
      throw unreachable(name, (cause as Error).message, cause, privateHint)
    }
  }
  const agent = { keepAlive: true, maxSockets: 16, lookup }
  return new S3Client({
    region: settings.region,
    forcePathStyle: settings.pathStyle,
    followRegionRedirects: false,
    maxAttempts: patience.attempts,
    retryMode: 'standard',
    // Where a server is known to check them they are asked for by name; others refuse the header.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    ...(endpoint ? { endpoint } : {}),
    // A copy: the client writes into what it is given.
    ...(credentials ? { credentials: { ...credentials } } : {}),
    requestHandler: {
      connectionTimeout: connectMs,
      // Silence ends a request, not its length: a part may take long on a thin line.
      socketTimeout: Math.max(patience.silenceMs, leastSocketMs),
      httpAgent: new HttpAgent(agent),
      httpsAgent: new HttpsAgent(agent),
    },
  })
}

export const privateHint =
  'Endpoints in private networks must be allowed when the store is added: holdfast stores add … --allow-private'
