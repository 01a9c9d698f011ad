import type { LiveHub } from '#app/_web/live-hub.ts'
import type { Asked } from '#app/_web/live-request.ts'
import type { Room } from '#app/_web/live-rooms.ts'
import type { Viewer } from '#app/_web/live-types.ts'
import type { SessionUser } from '#app/_web/session.ts'

/** What may lie ready for a viewer who does not take it; beyond that only the newest of each read waits. */
const longestQueueBytes = 256 * 1024
/** Whoever takes nothing for so long is gone. */
const patienceMs = 60_000

const headers = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
}

const encoder = new TextEncoder()

/** The event stream of one page: what it shows, pushed while it changes. Ends with the request, the session or the process. */
export function openLiveStream(hub: LiveHub, user: SessionUser, asked: Asked, signal: AbortSignal): Response {
  const refused = hub.refuses(user.sessionId)
  if (refused) {
    return new Response('Too many open pages; this one reads by itself.', {
      status: refused === 'ended' ? 503 : 429,
    })
  }
  let viewer: LiveViewer
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        viewer = new LiveViewer(controller, user, asked.topics, () => hub.remove(viewer))
        signal.addEventListener('abort', () => viewer.end())
        viewer.say(encoder.encode('retry: 2000\n\n'))
        hub.add(viewer, asked.reads, asked.since)
      },
      pull: () => viewer.catchUp(),
      cancel: () => viewer.end(),
    },
    new ByteLengthQueuingStrategy({ highWaterMark: longestQueueBytes }),
  )
  return new Response(body, { headers })
}

class LiveViewer implements Viewer {
  readonly user: SessionUser
  readonly rooms = new Map<Room, number>()
  readonly topics: ReadonlySet<string>
  readonly #controller: ReadableStreamDefaultController<Uint8Array>
  readonly #left: () => void
  /** Rooms whose newest data waits until what came before is taken. */
  readonly #behind = new Set<Room>()
  #fullSince: number | null = null
  #isOpen = true

  constructor(
    controller: ReadableStreamDefaultController<Uint8Array>,
    user: SessionUser,
    topics: ReadonlySet<string>,
    left: () => void,
  ) {
    this.#controller = controller
    this.user = user
    this.topics = topics
    this.#left = left
  }

  say(event: Uint8Array): void {
    if (!this.#isOpen) return
    if (this.#isFull()) this.#fullSince ??= Date.now()
    if (this.#fullSince !== null && Date.now() - this.#fullSince > patienceMs) {
      this.#close()
      this.#controller.error(new Error('the viewer takes nothing'))
      return
    }
    // Small events fit above the mark for as long as patience lasts: a beat in 15 seconds.
    this.#controller.enqueue(event)
  }

  show(room: Room): void {
    if (!this.#isOpen || !room.event) return
    if (this.#isFull()) this.#behind.add(room)
    else this.#controller.enqueue(room.event)
  }

  /** The stream has room again: the newest of what was left out. */
  catchUp(): void {
    this.#fullSince = null
    for (const room of this.#behind) {
      if (!this.#isOpen || this.#isFull()) return
      this.#behind.delete(room)
      if (room.event) this.#controller.enqueue(room.event)
    }
  }

  end(): void {
    if (!this.#isOpen) return
    this.#close()
    try {
      this.#controller.close()
    } catch {
      // Already closed by the browser.
    }
  }

  #isFull(): boolean {
    return (this.#controller.desiredSize ?? 0) <= 0
  }

  #close(): void {
    this.#isOpen = false
    this.#behind.clear()
    this.#left()
  }
}
