import postgres from 'postgres'
import { getDb } from '#app/_web/db.ts'
import { missedTopics } from '#app/_web/missed-topics.ts'
import { changesChannel } from '#lib/db/changes.ts'
import { controlDatabaseUrl } from '#lib/env.ts'
import { messageOf } from '#lib/errors.ts'
import { listLiveWorkers } from '#lib/jobs/queries.ts'
import { log } from '#lib/log.ts'

export interface LiveListener {
  changed(topics: string): void
  state(up: boolean): void
  /** The process ends: say nothing more and close. */
  end(): void
}

const coalesceMs = 150
const watchMs = 10_000

/**
 * One LISTEN connection for the whole process, fanned out to every open stream. It is watched from end to end:
 * every ten seconds it must hear its own word, else it is opened anew and pages show that they are not live.
 */
class LiveHub {
  #listeners = new Set<LiveListener>()
  #connection: postgres.Sql | null = null
  #up = false
  #ended = false
  #pending = new Set<string>()
  /** When each topic was last announced. */
  readonly #changedAt = new Map<string, number>()
  #flushing: ReturnType<typeof setTimeout> | null = null
  #watch: ReturnType<typeof setInterval> | null = null
  #heardPing = true
  #workersLive: boolean | null = null
  readonly #pingChannel = `holdfast_ping_${process.pid}_${Math.trunc(performance.timeOrigin)}`

  get up(): boolean {
    return this.#up
  }

  get size(): number {
    return this.#listeners.size
  }

  /** `since`: when the page was made; what changed between then and now is said at once, because nobody told it. */
  add(listener: LiveListener, since: number | null): () => void {
    if (this.#ended) {
      listener.end()
      return () => {}
    }
    this.#listeners.add(listener)
    if (!this.#watch) {
      this.#watch = setInterval(() => void this.#check(), watchMs)
      this.#watch.unref()
      void this.#open()
    }
    listener.state(this.#up)
    const missed = missedTopics(this.#changedAt, since)
    if (missed.length > 0) listener.changed(missed.join(','))
    return () => this.#listeners.delete(listener)
  }

  /** Closes every stream and the connection; `next start` would otherwise wait for them for ever. */
  end(): void {
    this.#ended = true
    if (this.#watch) clearInterval(this.#watch)
    for (const listener of this.#listeners) listener.end()
    this.#listeners.clear()
    void this.#connection?.end({ timeout: 1 }).catch(() => {})
  }

  #setUp(up: boolean): void {
    if (up === this.#up) return
    this.#up = up
    for (const listener of this.#listeners) listener.state(up)
  }

  #note(topics: string): void {
    for (const topic of topics.split(',').filter(Boolean)) {
      this.#pending.add(topic)
      this.#changedAt.set(topic, Date.now())
    }
    this.#flushing ??= setTimeout(() => {
      this.#flushing = null
      const text = [...this.#pending].join(',')
      this.#pending.clear()
      for (const listener of this.#listeners) listener.changed(text)
    }, coalesceMs)
  }

  async #open(): Promise<void> {
    const before = this.#connection
    this.#connection = null
    void before?.end({ timeout: 1 }).catch(() => {})
    const opened = postgres(controlDatabaseUrl(), {
      max: 1,
      connect_timeout: 5,
      onnotice: () => {},
      connection: { application_name: 'holdfast:live' },
    })
    this.#connection = opened
    try {
      await opened.listen(changesChannel, (topics) => this.#connection === opened && this.#note(topics))
      await opened.listen(this.#pingChannel, () => {
        this.#heardPing = true
      })
      this.#heardPing = true
      this.#setUp(true)
    } catch (error) {
      this.#setUp(false)
      log.warn({ error: messageOf(error) }, 'live: cannot listen to the control database')
    }
  }

  /** A worker that dies announces nothing, so one question per process and ten seconds finds out for all pages. */
  async #watchWorkers(): Promise<void> {
    const live = await listLiveWorkers(getDb()).then(
      (workers) => workers.length > 0,
      () => null,
    )
    if (live === null) return
    if (this.#workersLive !== null && live !== this.#workersLive) this.#note('jobs')
    this.#workersLive = live
  }

  async #check(): Promise<void> {
    if (this.#ended) return
    if (!this.#heardPing || !this.#connection || !this.#up) {
      this.#setUp(false)
      return this.#open()
    }
    await this.#watchWorkers()
    this.#heardPing = false
    try {
      await this.#connection.notify(this.#pingChannel, '')
    } catch {
      this.#setUp(false)
    }
  }
}

const held = globalThis as typeof globalThis & { holdfastLiveHub?: LiveHub }

/** The process's hub; shared between Next's separate bundles through globalThis. */
export function liveHub(): LiveHub {
  held.holdfastLiveHub ??= new LiveHub()
  return held.holdfastLiveHub
}
