import { getDb } from '#app/_web/db.ts'
import { findUser } from '#app/_web/session.ts'
import { readPublicStatus } from '#lib/status/read-public-status.ts'
import { getStatusPage } from '#lib/status/status-page.ts'
import { statusPagePolicy, writeStatusHtml } from '#lib/status/write-status-html.ts'

export const dynamic = 'force-dynamic'

/** The public page as it would be, for the signed-in, also while nobody has published it. */
export async function GET(): Promise<Response> {
  if (!(await findUser())) return new Response('Sign in first.', { status: 401 })
  const page = await getStatusPage(getDb())
  const html = writeStatusHtml(await readPublicStatus(getDb(), page, new Date()))
  return new Response(html, {
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': statusPagePolicy,
    },
  })
}
