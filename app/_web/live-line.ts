import postgres from 'postgres'
import { missedTopics, skewMs } from '#app/_web/missed-topics.ts'
import { changesChannel } from '#lib/db/changes.ts'
import { messageOf } from '#lib/errors.ts'
import { log } from '#lib/log.ts'

const coalesceMs = 150
const watchMs = 10_000

export interface LineListener {
  changed(topics: ReadonlySet<string>): void
  state(up: boolean): void
  /** Every ten seconds while it is up. */
  watched(): void
}

/**
 * The process's one LISTEN connection. It is watched from end to end: every ten seconds it must hear its own word, else it
 * is opened anew, and what was announced meanwhile is unknown.
 */
export class LiveLine {
  readonly #url: () => string
  readonly #listener: LineListener
  readonly #pingChannel = `holdfast_ping_${process.pid}_${Math.trunc(performance.timeOrigin)}`
  /** When each topic was last announced. */
  readonly #changedAt = new Map<string, number>()
  #pending = new Set<string>()
  #connection: postgres.Sql | null = null
  #flushing: ReturnType<typeof setTimeout> | null = null
  #watch: ReturnType<typeof setInterval> | null = null
  #heardPing = true
  #ended = false
  #since: number | null = null

  constructor(url: () => string, listener: LineListener) {
    this.#url = url
    this.#listener = listener
  }

  get up(): boolean {
    return this.#since !== null
  }

  /** Begins to listen; safe to repeat. */
  begin(): void {
    if (this.#watch || this.#ended) return
    this.#watch = setInterval(() => void this.#check(), watchMs)
    this.#watch.unref()
    void this.#open()
  }

  end(): void {
    this.#ended = true
    if (this.#watch) clearInterval(this.#watch)
    if (this.#flushing) clearTimeout(this.#flushing)
    void this.#connection?.end({ timeout: 1 }).catch(() => {})
  }

  /** Topics that were announced after this moment. */
  missed(since: number | null): string[] {
    return missedTopics(this.#changedAt, since)
  }

  /** Whether something of these topics may have changed since this moment: it was announced, or nobody listened then. */
  mayHaveChanged(topics: readonly string[], since: number): boolean {
    if (this.#since === null || since - skewMs < this.#since) return true
    const missed = this.missed(since)
    return topics.some((topic) => missed.includes(topic))
  }

  /** When the newest of these topics was announced; 0: never. */
  newestChange(topics: readonly string[]): number {
    return Math.max(0, ...topics.map((topic) => this.#changedAt.get(topic) ?? 0))
  }

  note(topics: string): void {
    for (const topic of topics.split(',').filter(Boolean)) {
      this.#pending.add(topic)
      this.#changedAt.set(topic, Date.now())
    }
    this.#flushing ??= setTimeout(() => {
      this.#flushing = null
      const changed = this.#pending
      this.#pending = new Set()
      this.#listener.changed(changed)
    }, coalesceMs)
  }

  #setUp(up: boolean): void {
    if (up === this.up) return
    this.#since = up ? Date.now() : null
    this.#listener.state(up)
  }

  async #open(): Promise<void> {
    const before = this.#connection
    this.#connection = null
    void before?.end({ timeout: 1 }).catch(() => {})
    const opened = postgres(this.#url(), {
      max: 1,
      connect_timeout: 5,
      onnotice: () => {},
      connection: { application_name: 'holdfast:live' },
    })
    this.#connection = opened
    try {
      await opened.listen(changesChannel, (topics) => this.#connection === opened && this.note(topics))
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

  async #check(): Promise<void> {
    if (this.#ended) return
    if (!this.#heardPing || !this.#connection || !this.up) {
      this.#setUp(false)
      return this.#open()
    }
    this.#listener.watched()
    this.#heardPing = false
    try {
      await this.#connection.notify(this.#pingChannel, '')
    } catch {
      this.#setUp(false)
    }
  }
}
