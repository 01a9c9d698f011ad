import { liveHub } from '#app/_web/live-hub.ts'
import { parseLiveRequest } from '#app/_web/live-request.ts'
import { openLiveStream } from '#app/_web/live-stream.ts'
import { findRead } from '#app/_web/read-registry.ts'
import { findUser } from '#app/_web/session.ts'

export const dynamic = 'force-dynamic'

/** Sends a page what it shows whenever that changes, as the signed-in person may see it. */
export async function GET(request: Request): Promise<Response> {
  const user = await findUser({ byPage: true })
  if (!user) return new Response('Your session has ended.', { status: 401 })
  const asked = parseLiveRequest(new URL(request.url).searchParams, findRead)
  if (!asked) return new Response('This is not what a page asks for.', { status: 400 })
  return openLiveStream(liveHub(), user, asked, request.signal)
}
