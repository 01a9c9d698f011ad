import { z } from 'zod'
import { getDb } from '#app/_web/db.ts'
import { findUser } from '#app/_web/session.ts'
import { exportReport, longestMonths } from '#lib/incidents/reports/read-report.ts'

const input = z.object({
  months: z.coerce.number().int().min(1).max(longestMonths).default(12),
  target: z.uuid().optional(),
})

/** The incidents of the last months as a CSV file, for anyone signed in. */
export async function GET(request: Request) {
  if (!(await findUser())) return new Response('Sign in first.', { status: 401 })
  const asked = input.safeParse(Object.fromEntries(new URL(request.url).searchParams))
  if (!asked.success) return new Response('Ask for 1 to 60 months.', { status: 400 })
  const { months, target } = asked.data
  const text = await exportReport(getDb(), { months, targetId: target, timeZone: 'UTC' }, new Date())
  return new Response(text, {
    headers: {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="incidents-${months}-months.csv"`,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    },
  })
}
