import { getDb } from '#app/_web/db.ts'
import { type LiveListener, liveHub } from '#app/_web/live-hub.ts'
import { findUser } from '#app/_web/session.ts'
import { findSession } from '#lib/auth/find-session.ts'

export const dynamic = 'force-dynamic'

const beatMs = 15_000
const beatsPerSessionCheck = 4

/** Tells a page which topics changed. Carries no data, so a page reads again under its own permissions. */
export async function GET(request: Request): Promise<Response> {
  const user = await findUser({ byPage: true })
  if (!user) return new Response('Your session has ended.', { status: 401 })

  const given = Number(new URL(request.url).searchParams.get('since') ?? Number.NaN)
  const since = Number.isFinite(given) ? given : null
  const encoder = new TextEncoder()
  let stop = () => {}
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      let open = true
      const say = (text: string) => {
        if (!open) return
        try {
          controller.enqueue(encoder.encode(text))
        } catch {
          stop()
        }
      }
      const listener: LiveListener = {
        changed: (topics) => say(`event: changed\ndata: ${topics}\n\n`),
        state: (up) => say(`event: state\ndata: ${up ? 'up' : 'down'}\n\n`),
        end: () => stop(),
      }
      let beats = 0
      const beat = setInterval(async () => {
        say('event: beat\ndata:\n\n')
        if (++beats % beatsPerSessionCheck !== 0) return
        const alive = await findSession(getDb(), user.sessionId, { touch: false }).catch(() => user)
        if (!alive) stop()
      }, beatMs)
      let remove = () => {}
      stop = () => {
        if (!open) return
        open = false
        clearInterval(beat)
        remove()
        try {
          controller.close()
        } catch {
          // Already closed by the browser.
        }
      }
      request.signal.addEventListener('abort', () => stop())
      say('retry: 2000\n\n')
      remove = liveHub().add(listener, since)
    },
    cancel: () => stop(),
  })
  return new Response(body, {
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    },
  })
}
