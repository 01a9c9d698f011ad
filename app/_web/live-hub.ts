import { getDb } from '#app/_web/db.ts'
import { LiveLine } from '#app/_web/live-line.ts'
import { LiveRooms } from '#app/_web/live-rooms.ts'
import type { AskedRead, Viewer } from '#app/_web/live-types.ts'
import { serverEvent } from '#app/_web/server-event.ts'
import { listLiveSessions } from '#lib/auth/list-live-sessions.ts'
import type { Db } from '#lib/db/client.ts'
import { controlDatabaseUrl } from '#lib/env.ts'
import { messageOf } from '#lib/errors.ts'
import { listLiveWorkers } from '#lib/jobs/queries.ts'
import { log } from '#lib/log.ts'

const beatMs = 15_000

export interface LiveHubOptions {
  db: () => Db
  url: () => string
  /** At most one reading of the same thing in so long. */
  everyMs?: number
  sessionsEveryMs?: number
  mostViewers?: number
  mostPerSession?: number
}

/** Everything that is live in this process: one connection that hears of changes, the rooms, and who watches. */
export class LiveHub {
  readonly #options: Required<LiveHubOptions>
  readonly #viewers = new Set<Viewer>()
  readonly #line: LiveLine
  readonly rooms: LiveRooms
  #timers: ReturnType<typeof setInterval>[] = []
  #ended = false
  #checking = false
  #workersLive: boolean | null = null

  constructor(options: LiveHubOptions) {
    this.#options = {
      everyMs: 1_000,
      sessionsEveryMs: 5_000,
      mostViewers: 5_000,
      mostPerSession: 20,
      ...options,
    }
    this.rooms = new LiveRooms(this.#options.db, this.#options.everyMs)
    this.#line = new LiveLine(this.#options.url, {
      changed: (topics) => this.#changed(topics),
      state: (up) => this.#state(up),
      watched: () => void this.#watchWorkers(),
    })
  }

  get size(): number {
    return this.#viewers.size
  }

  /** Why this person may not open one more stream, or null. */
  refuses(sessionId: string): 'ended' | 'too-many' | null {
    if (this.#ended || this.#viewers.size >= this.#options.mostViewers) return 'ended'
    const own = [...this.#viewers].filter(({ user }) => user.sessionId === sessionId)
    return own.length >= this.#options.mostPerSession ? 'too-many' : null
  }

  /** `since`: when the page read what it reads by itself; what changed between then and now is said at once. */
  add(viewer: Viewer, asked: readonly AskedRead[], since: number | null): void {
    this.#viewers.add(viewer)
    this.#begin()
    viewer.say(serverEvent('state', this.#line.up ? 'up' : 'down', Date.now()))
    for (const each of asked) {
      const { topics } = each.read
      const isStale = this.#line.mayHaveChanged(topics, each.at)
      this.rooms.join(viewer, each, isStale, this.#line.newestChange(topics))
    }
    this.#tell(viewer, new Set(this.#line.missed(since)))
  }

  remove(viewer: Viewer): void {
    this.#viewers.delete(viewer)
    this.rooms.leave(viewer)
  }

  /** Closes every stream and the connection; `next start` would otherwise wait for them for ever. */
  end(): void {
    this.#ended = true
    for (const timer of this.#timers) clearInterval(timer)
    for (const viewer of [...this.#viewers]) viewer.end()
    this.#line.end()
  }

  #begin(): void {
    this.#line.begin()
    if (this.#timers.length > 0) return
    this.#timers = [
      setInterval(() => this.#sayToAll('beat', ''), beatMs),
      setInterval(() => void this.#checkSessions(), this.#options.sessionsEveryMs),
    ]
    for (const timer of this.#timers) timer.unref()
  }

  #sayToAll(name: string, data: string): void {
    const event = serverEvent(name, data, Date.now())
    for (const viewer of this.#viewers) viewer.say(event)
  }

  #state(up: boolean): void {
    this.#sayToAll('state', up ? 'up' : 'down')
    if (up) this.rooms.changed(null)
  }

  #changed(topics: ReadonlySet<string>): void {
    this.rooms.changed(topics)
    for (const viewer of this.#viewers) this.#tell(viewer, topics)
    if (topics.has('users')) void this.#checkSessions()
  }

  #tell(viewer: Viewer, topics: ReadonlySet<string>): void {
    const told = [...topics].filter((topic) => viewer.topics.has(topic))
    if (told.length > 0) viewer.say(serverEvent('changed', told.join(','), Date.now()))
  }

  /** One question for all who watch: whose session has ended, or is another's than when the stream was opened, is closed. */
  async #checkSessions(): Promise<void> {
    if (this.#checking || this.#viewers.size === 0) return
    this.#checking = true
    try {
      const asked = [...this.#viewers]
      const live = await listLiveSessions(this.#options.db(), [
        ...new Set(asked.map(({ user }) => user.sessionId)),
      ])
      for (const viewer of asked) {
        const now = live.get(viewer.user.sessionId)
        const { email, name, role } = viewer.user
        if (now && now.email === email && now.name === name && now.role === role) continue
        if (!now) viewer.say(serverEvent('ended', '', Date.now()))
        viewer.end()
      }
    } catch (error) {
      log.warn({ error: messageOf(error) }, 'live: sessions could not be checked')
    } finally {
      this.#checking = false
    }
  }

  /** A worker that dies announces nothing, so one question per process and ten seconds finds out for all pages. */
  async #watchWorkers(): Promise<void> {
    const live = await listLiveWorkers(this.#options.db()).then(
      (workers) => workers.length > 0,
      () => null,
    )
    if (live === null) return
    if (this.#workersLive !== null && live !== this.#workersLive) this.#line.note('jobs')
    this.#workersLive = live
  }
}

const held = globalThis as typeof globalThis & { holdfastLiveHub?: LiveHub }

/** The process's hub; shared between Next's separate bundles through globalThis. */
export function liveHub(): LiveHub {
  held.holdfastLiveHub ??= new LiveHub({ db: getDb, url: controlDatabaseUrl })
  return held.holdfastLiveHub
}
