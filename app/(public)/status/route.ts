import { getDb } from '#app/_web/db.ts'
import { messageOf } from '#lib/errors.ts'
import { log } from '#lib/log.ts'
import { keepFresh } from '#lib/status/keep-fresh.ts'
import { readPublicStatus } from '#lib/status/read-public-status.ts'
import { getStatusPage } from '#lib/status/status-page.ts'
import { statusPagePolicy, writeStatusHtml } from '#lib/status/write-status-html.ts'

export const dynamic = 'force-dynamic'

/** However many people look, the page is made once in so long. */
const freshMs = 5_000

const held = globalThis as typeof globalThis & { holdfastStatusPage?: () => Promise<string | null> }

async function makePage(): Promise<string | null> {
  const page = await getStatusPage(getDb())
  return page.isPublished ? writeStatusHtml(await readPublicStatus(getDb(), page, new Date())) : null
}

const text = (body: string, status: number, cacheControl: string): Response =>
  new Response(body, {
    status,
    headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': cacheControl },
  })

/** The public status page, for anybody, where somebody has published it. Sets no cookie and reads none. */
export async function GET(): Promise<Response> {
  held.holdfastStatusPage ??= keepFresh(freshMs, makePage)
  try {
    const html = await held.holdfastStatusPage()
    if (html === null) return text('There is no page here.\n', 404, 'public, max-age=5')
    return new Response(html, {
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'public, max-age=5, stale-while-revalidate=25',
        'content-security-policy': statusPagePolicy,
      },
    })
  } catch (error) {
    log.warn({ error: messageOf(error) }, 'the public status page could not be made')
    return text('The state is not known right now.\n', 503, 'no-store')
  }
}
