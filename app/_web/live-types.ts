import type { Room } from '#app/_web/live-rooms.ts'
import type { Read } from '#app/_web/read.ts'
import type { SessionUser } from '#app/_web/session.ts'

/** A read that a page shows, as it said when it opened its stream. */
export interface AskedRead {
  /** `<name>~<input as JSON>`: how the page knows it again. */
  key: string
  read: Read
  input: unknown
  /** When the data that the page has was read. */
  at: number
}

/** One open stream. */
export interface Viewer {
  user: SessionUser
  /** What is shown, with the version that was sent last. */
  rooms: Map<Room, number>
  /** Topics of what the page reads by itself. */
  topics: ReadonlySet<string>
  /** Sends a small event. */
  say(event: Uint8Array): void
  /** Sends the room's newest data, at once or when the viewer has taken what came before. */
  show(room: Room): void
  /** Says no more and closes. */
  end(): void
}
