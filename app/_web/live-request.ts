import { longestRead, mostReads } from '#app/_web/live-limits.ts'
import type { AskedRead } from '#app/_web/live-types.ts'
import type { Read } from '#app/_web/read.ts'
import { topics as allTopics } from '#lib/db/changes.ts'

/** What a page says when it opens its stream. */
export interface Asked {
  /** What it shows and wants to be sent. */
  reads: AskedRead[]
  /** Topics of what it reads by itself, and since when it has that. */
  topics: ReadonlySet<string>
  since: number | null
}

const moment = (text: string | null | undefined): number | null => {
  const value = Number(text || Number.NaN)
  return Number.isFinite(value) ? value : null
}

/** One `read=<at>~<name>~<input as JSON>`; null where it is not a read with a valid input. */
function parseRead(text: string, findRead: (name: string) => Read | null): AskedRead | null {
  const [, at, name, input] = /^(\d{1,16})~([a-z0-9-]{1,60})~(.*)$/s.exec(text) ?? []
  const read = name && text.length <= longestRead ? findRead(name) : null
  if (!read) return null
  try {
    const asked: unknown = JSON.parse(input!)
    const parsed = read.input.safeParse(asked)
    // In the form that the page's own JSON has, so that spaces make no further room.
    return parsed.success
      ? { key: `${name}~${JSON.stringify(asked)}`, read, input: parsed.data, at: Number(at) }
      : null
  } catch {
    return null
  }
}

/** What a stream's URL asks for, or null where any part of it is not valid. Pure. */
export function parseLiveRequest(
  params: URLSearchParams,
  findRead: (name: string) => Read | null,
): Asked | null {
  const texts = params.getAll('read')
  if (texts.length > mostReads) return null
  const reads = texts.map((text) => parseRead(text, findRead))
  const topics = (params.get('topics') ?? '').split(',').filter(Boolean)
  if (reads.includes(null) || topics.some((topic) => !(allTopics as readonly string[]).includes(topic))) {
    return null
  }
  return {
    reads: reads as AskedRead[],
    topics: new Set(topics),
    since: moment(params.get('since')),
  }
}
