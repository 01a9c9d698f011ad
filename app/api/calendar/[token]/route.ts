import { getDb } from '#app/_web/db.ts'
import { findAccessToken } from '#lib/status/access-token.ts'
import { listCalendar } from '#lib/status/list-calendar.ts'
import { writeCalendar } from '#lib/status/write-calendar.ts'

export const dynamic = 'force-dynamic'

/** The calendar that a token opens: calendars cannot send a header, so it stands in the address. */
export async function GET(
  _request: Request,
  { params }: { params: Promise<{ token: string }> },
): Promise<Response> {
  const text = (await params).token.replace(/\.ics$/, '')
  const token = await findAccessToken(getDb(), text, 'calendar')
  if (!token) return new Response('There is no calendar here.\n', { status: 404 })
  const now = new Date()
  const entries = await listCalendar(getDb(), { userId: token.userId, now })
  return new Response(writeCalendar(`Holdfast: ${token.name}`, entries, now), {
    headers: {
      'content-type': 'text/calendar; charset=utf-8',
      'content-disposition': 'inline; filename="holdfast.ics"',
      'cache-control': 'private, max-age=60',
      'referrer-policy': 'no-referrer',
    },
  })
}
