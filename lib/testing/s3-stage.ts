import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import S3rver from '@20minutes/s3rver'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import type { S3Credentials, S3Settings } from '#lib/stores/types.ts'
import { cleanUp } from '#lib/testing/clean-up.ts'

/** What happens to a request on its way, instead of being passed on as it is. */
export type Fault =
  /** The answer is this status; the server never sees the request. */
  | { status: number; code: string }
  /** The answer's connection is cut after so many bytes of body. */
  | { cutAfter: number }
  /** The answer stops after so many bytes and says nothing more. */
  | { stallAfter: number }
  /** The server does it, but nobody hears of it. */
  | 'lose-answer'
  /** Part and object tags in the answer are changed. */
  | 'wrong-etag'
  /** One byte of the answer's body is flipped. */
  | 'flip'

export interface S3Stage {
  endpoint: string
  credentials: S3Credentials
  /** The settings of a store in a new bucket of this stage. */
  newBucket(prefix?: string, lock?: boolean): Promise<S3Settings>
  /** A client that goes to the server itself, past the faults. */
  direct: S3Client
  /** Requests so far, as `METHOD path?query`. */
  requests: string[]
  /** Decides per request; null lets it pass. */
  fault: (method: string, url: string, headers: IncomingMessage['headers']) => Fault | null
}

const listen = (server: Server): Promise<number> =>
  new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)),
  )

/**
 * An S3 server with a fault-injecting proxy before it, both gone at the end of the file. The server is s3rver, which knows
 * uploads in parts but neither conditional writes, signatures, versions nor object lock. `HOLDFAST_TEST_S3` names a
 * more complete one: http://accessKey:secret@host:port.
 */
export async function createS3Stage(): Promise<S3Stage> {
  const given = process.env.HOLDFAST_TEST_S3
  const server = given ? fromUrl(new URL(given)) : await startServer()
  const { port: serverPort, credentials } = server
  const direct = new S3Client({
    endpoint: `http://127.0.0.1:${serverPort}`,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { ...credentials },
  })
  const stage: S3Stage = {
    endpoint: '',
    credentials,
    direct,
    requests: [],
    fault: () => null,
    async newBucket(prefix = '', lock = false) {
      const bucket = `b${crypto.randomUUID().slice(0, 18)}`
      await direct.send(
        new CreateBucketCommand({ Bucket: bucket, ObjectLockEnabledForBucket: lock || undefined }),
      )
      return {
        endpoint: stage.endpoint,
        region: 'us-east-1',
        bucket,
        prefix,
        pathStyle: true,
        lockDays: null,
        allowPrivate: true,
        abilities: { createOnly: false, createOnlyParts: false, checksums: true, versions: false },
      }
    },
  }
  const proxy = createServer((from, to) => {
    stage.requests.push(`${from.method} ${from.url}`)
    pass(from, to, serverPort, stage.fault(from.method ?? '', from.url ?? '', from.headers))
  })
  stage.endpoint = `http://127.0.0.1:${await listen(proxy)}`
  cleanUp(async () => {
    direct.destroy()
    proxy.closeAllConnections()
    proxy.close()
    await server.stop()
  })
  return stage
}

interface RunningServer {
  port: number
  credentials: S3Credentials
  stop(): Promise<void>
}

const fromUrl = (url: URL): RunningServer => ({
  port: Number(url.port),
  credentials: { accessKeyId: url.username, secretAccessKey: decodeURIComponent(url.password) },
  stop: async () => {},
})

async function startServer(): Promise<RunningServer> {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-s3-'))
  const server = new S3rver({
    address: '127.0.0.1',
    port: 0,
    silent: true,
    directory,
    // It signs a bucket's path without the slash that AWS's client has there. Unknown access keys are refused all the same.
    allowMismatchedSignatures: true,
  })
  const { port } = await server.run()
  return {
    port,
    credentials: { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' },
    async stop() {
      // It waits for requests that a test let stall; they end with the process.
      void server.close()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

function pass(from: IncomingMessage, to: ServerResponse, port: number, fault: Fault | null): void {
  if (fault && typeof fault === 'object' && 'status' in fault) {
    from.resume()
    to.writeHead(fault.status, { 'content-type': 'application/xml' })
    to.end(
      from.method === 'HEAD' ? '' : `<Error><Code>${fault.code}</Code><Message>injected</Message></Error>`,
    )
    return
  }
  // The signature covers the host that the client meant, so the header stays as it is.
  const onward = request({
    port,
    host: '127.0.0.1',
    method: from.method,
    path: from.url,
    headers: from.headers,
  })
  onward.on('error', () => to.destroy())
  onward.on('response', (answer) => {
    if (fault === 'lose-answer') {
      answer.resume()
      answer.on('end', () => to.destroy())
      return
    }
    const headers = { ...answer.headers }
    if (fault === 'wrong-etag') headers.etag = '"00000000000000000000000000000000"'
    to.writeHead(answer.statusCode ?? 500, headers)
    let seen = 0
    answer.on('data', (chunk: Buffer) => {
      const start = seen
      seen += chunk.length
      if (fault === 'flip' && start === 0) chunk[Math.floor(chunk.length / 2)]! ^= 1
      if (typeof fault === 'object' && fault) {
        const limit = 'cutAfter' in fault ? fault.cutAfter : fault.stallAfter
        if (seen >= limit) {
          answer.pause()
          to.write(chunk.subarray(0, Math.max(0, limit - start)), () => {
            if ('cutAfter' in fault) to.destroy()
          })
          return
        }
      }
      to.write(chunk)
    })
    answer.on('end', () => to.end())
  })
  from.pipe(onward)
}
