import { audienceKey, readerFor } from '#app/_web/audience.ts'
import type { AskedRead, Viewer } from '#app/_web/live-types.ts'
import { serverEvent } from '#app/_web/server-event.ts'
import type { Db } from '#lib/db/client.ts'
import { AppError } from '#lib/errors.ts'
import { log } from '#lib/log.ts'

/** Pages and actions share the process's connections with these. */
const mostReadsAtOnce = 4
const retryMs = 5_000

/** What is shown to some viewers alike: one read with one input for one audience. */
export interface Room {
  asked: AskedRead
  reader: ReturnType<typeof readerFor>
  viewers: Set<Viewer>
  /** Raised when the data is not what it was. */
  version: number
  json: string | null
  /** The event with the newest data. */
  event: Uint8Array | null
  /** When the newest reading began. */
  readAt: number
  isDirty: boolean
  isReading: boolean
  isFailing: boolean
  timer: ReturnType<typeof setTimeout> | null
}

/**
 * What viewers are shown, read once for all who are shown the same: after a change, one reading at a time, at most one in
 * each interval, however many watch. Unchanged data is sent to nobody who has it.
 */
export class LiveRooms {
  readonly #db: () => Db
  readonly #everyMs: number
  readonly #rooms = new Map<string, Room>()
  #running = 0
  #waiting: Room[] = []
  /** All readings that were done. */
  reads = 0

  constructor(db: () => Db, everyMs: number) {
    this.#db = db
    this.#everyMs = everyMs
  }

  /** `isStale`: what the viewer has may be older than the newest change, which was at `changedAt`. */
  join(viewer: Viewer, asked: AskedRead, isStale: boolean, changedAt: number): void {
    const key = `${asked.key}~${audienceKey(asked.read.audience, viewer.user)}`
    const room = this.#rooms.get(key) ?? this.#make(key, asked, viewer)
    room.viewers.add(viewer)
    viewer.rooms.set(room, -1)
    if (!isStale) return
    const isCurrent = room.event !== null && !room.isDirty && room.readAt > changedAt
    if (isCurrent) this.#send(room, viewer)
    else this.#touch(room)
  }

  leave(viewer: Viewer): void {
    for (const room of viewer.rooms.keys()) {
      room.viewers.delete(viewer)
      if (room.viewers.size > 0) continue
      if (room.timer) clearTimeout(room.timer)
      for (const [key, each] of this.#rooms) if (each === room) this.#rooms.delete(key)
    }
    viewer.rooms.clear()
  }

  /** Reads again what these topics are about; null: everything, because what changed is not known. */
  changed(topics: ReadonlySet<string> | null): void {
    for (const room of this.#rooms.values()) {
      if (!topics || room.asked.read.topics.some((topic) => topics.has(topic))) this.#touch(room)
    }
  }

  #make(key: string, asked: AskedRead, viewer: Viewer): Room {
    const room: Room = {
      asked,
      reader: readerFor(asked.read.audience, viewer.user),
      viewers: new Set(),
      version: 0,
      json: null,
      event: null,
      readAt: 0,
      isDirty: false,
      isReading: false,
      isFailing: false,
      timer: null,
    }
    this.#rooms.set(key, room)
    return room
  }

  #touch(room: Room): void {
    room.isDirty = true
    if (room.isReading || room.timer) return
    const waitMs = room.isFailing ? retryMs : Math.max(0, room.readAt + this.#everyMs - Date.now())
    room.timer = setTimeout(() => {
      room.timer = null
      this.#waiting.push(room)
      this.#next()
    }, waitMs)
    room.timer.unref()
  }

  #next(): void {
    while (this.#running < mostReadsAtOnce) {
      const room = this.#waiting.shift()
      if (!room) return
      if (room.isReading || room.viewers.size === 0) continue
      this.#running++
      void this.#read(room).finally(() => {
        this.#running--
        if (room.isDirty) this.#touch(room)
        this.#next()
      })
    }
  }

  async #read(room: Room): Promise<void> {
    room.isReading = true
    room.isDirty = false
    room.readAt = Date.now()
    this.reads++
    try {
      const { read, input } = room.asked
      const data = await read.read({ db: this.#db(), user: room.reader as never }, input)
      this.#keep(room, JSON.stringify(data ?? null))
      this.#setFailing(room, false)
    } catch (error) {
      this.#fail(room, error)
    } finally {
      room.isReading = false
    }
    for (const viewer of room.viewers) this.#send(room, viewer)
  }

  #keep(room: Room, json: string): void {
    if (room.json === json) return
    room.json = json
    room.version++
    const { key } = room.asked
    room.event = serverEvent(
      'data',
      `{"key":${JSON.stringify(key)},"at":${room.readAt},"data":${json}}`,
      room.readAt,
    )
  }

  #fail(room: Room, error: unknown): void {
    // It is gone, or may not be seen: each viewer asks for itself and hears why.
    if (error instanceof AppError) {
      room.json = null
      room.version++
      room.event = serverEvent('again', room.asked.key, room.readAt)
      return
    }
    log.warn({ err: error, read: room.asked.read.name }, 'live: a read failed')
    this.#setFailing(room, true)
    room.isDirty = true
  }

  /** What cannot be read is not live, and the pages that show it say so. */
  #setFailing(room: Room, isFailing: boolean): void {
    if (room.isFailing === isFailing) return
    room.isFailing = isFailing
    for (const viewer of room.viewers) viewer.say(serverEvent('state', isFailing ? 'down' : 'up', Date.now()))
  }

  #send(room: Room, viewer: Viewer): void {
    if (room.event === null || viewer.rooms.get(room) === room.version) return
    viewer.rooms.set(room, room.version)
    viewer.show(room)
  }
}
