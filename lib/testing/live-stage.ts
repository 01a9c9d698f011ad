import { createServer, get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { sql } from 'drizzle-orm'
import { z } from 'zod'
import { LiveHub, type LiveHubOptions } from '#app/_web/live-hub.ts'
import { parseLiveRequest } from '#app/_web/live-request.ts'
import { openLiveStream } from '#app/_web/live-stream.ts'
import { defineRead, type Read } from '#app/_web/read.ts'
import type { SessionUser } from '#app/_web/session.ts'
import type { Ctx } from '#lib/context.ts'
import { announceChanges } from '#lib/db/changes.ts'
import { notFound } from '#lib/errors.ts'
import { cleanUp } from '#lib/testing/clean-up.ts'
import { createTestPerson, createTestStore, type TestStore } from '#lib/testing/test-db.ts'

export interface ShownEvent {
  name: string
  data: string
}

/** One page's stream, as a browser has it: what it heard, and what it waits for. */
export interface TestPage {
  heard: ShownEvent[]
  response: IncomingMessage
  /** Waits until this was heard; throws after ten seconds. */
  hears(what: (event: ShownEvent) => boolean): Promise<ShownEvent>
  isClosed(): boolean
  close(): void
}

export interface LiveStage {
  store: TestStore
  hub: LiveHub
  /** How many statements were sent to the control database that name the table the reads are about. */
  countReads(): number
  /** When each of these was sent. */
  readTimes(): number[]
  /** Changes what is shown, and says so. */
  show(text: string): Promise<void>
  announce(): Promise<void>
  open(person: Ctx, reads: string[], at?: number): Promise<TestPage>
}

export const userOf = ({ actor }: Ctx): SessionUser => {
  if (actor.kind !== 'user') throw new Error('a page is a person’s')
  return {
    id: actor.userId,
    email: actor.email,
    name: actor.email,
    role: actor.role,
    sessionId: actor.sessionId,
  }
}

const shownRead = defineRead({
  name: 'shown',
  topics: ['status'],
  audience: 'role',
  input: z.null(),
  read: async ({ db, user }) => ({
    role: user.role,
    texts: (await db.execute<{ text: string }>(sql`select text from shown_texts`)).map(({ text }) => text),
  }),
})

const ownRead = defineRead({
  name: 'own',
  topics: ['status'],
  input: z.object({ word: z.string().max(10) }),
  read: async ({ db, user }, { word }) => ({
    email: user.email,
    word,
    texts: [...(await db.execute(sql`select text from shown_texts`))].length,
  }),
})

const goneRead = defineRead({
  name: 'gone',
  topics: ['status'],
  input: z.null(),
  read: async (): Promise<string> => {
    throw notFound('target', 'gone')
  },
})

const reads = [shownRead, ownRead, goneRead] as unknown as Read[]
export const findTestRead = (name: string): Read | null => reads.find((read) => read.name === name) ?? null

/** A hub on a real control database behind a real HTTP server. */
export async function openLiveStage(options: Partial<LiveHubOptions> = {}): Promise<LiveStage> {
  const store = await createTestStore()
  await store.db.execute(sql`create table shown_texts (text text not null)`)
  const readTimes: number[] = []
  const driver = store.db.$client.options as { debug?: unknown }
  driver.debug = (_connection: number, query: string) => {
    if (query.startsWith('select text from shown_texts')) readTimes.push(performance.now())
  }
  const hub = new LiveHub({ db: () => store.db, url: () => store.url, everyMs: 300, ...options })
  const people = new Map<string, SessionUser>()
  const server = createServer((request, response) => {
    const url = new URL(request.url!, 'http://here')
    const asked = parseLiveRequest(url.searchParams, findTestRead)
    const user = people.get(url.searchParams.get('session')!)
    const stop = new AbortController()
    request.on('close', () => stop.abort())
    const answer = asked
      ? openLiveStream(hub, user!, asked, stop.signal)
      : new Response('not valid', { status: 400 })
    response.writeHead(answer.status, Object.fromEntries(answer.headers))
    response.flushHeaders()
    const body = Readable.fromWeb(answer.body! as never)
    body.on('error', () => response.destroy())
    body.pipe(response)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  cleanUp(async () => {
    hub.end()
    server.closeAllConnections()
    await new Promise((done) => server.close(done))
  })
  const announce = () => announceChanges(store.db, ['status'])
  return {
    store,
    hub,
    countReads: () => readTimes.length,
    readTimes: () => readTimes,
    announce,
    async show(text) {
      await store.db.execute(sql`insert into shown_texts values (${text})`)
      await announce()
    },
    open(person, asked, at = Date.now()) {
      const user = userOf(person)
      people.set(user.sessionId, user)
      const params = new URLSearchParams({ session: user.sessionId })
      for (const read of asked) params.append('read', `${at}~${read}`)
      return openPage(`http://127.0.0.1:${port}/?${params}`)
    },
  }
}

/** A person of this role with an own session. */
export const createViewer = (stage: LiveStage, role: 'viewer' | 'admin' = 'viewer'): Promise<Ctx> =>
  createTestPerson(stage.store, role)

function openPage(url: string): Promise<TestPage> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false }, (response) => {
      const heard: ShownEvent[] = []
      let text = ''
      let closed = false
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
        const parts = text.split('\n\n')
        text = parts.pop()!
        for (const part of parts) {
          const name = /^event: (.*)$/m.exec(part)?.[1]
          if (name) heard.push({ name, data: /^data: ?(.*)$/m.exec(part)?.[1] ?? '' })
        }
      })
      for (const end of ['close', 'error', 'end']) response.on(end, () => (closed = true))
      resolve({
        heard,
        response,
        isClosed: () => closed,
        close: () => request.destroy(),
        async hears(what) {
          for (let wait = 0; wait < 400; wait++) {
            const found = heard.find(what)
            if (found) return found
            await new Promise((done) => setTimeout(done, 25))
          }
          throw new Error(`not heard within ten seconds: ${what}`)
        },
      })
    })
    request.on('error', reject)
  })
}
