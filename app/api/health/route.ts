import { sql } from 'drizzle-orm'
import { getDb } from '#app/_web/db.ts'

export const dynamic = 'force-dynamic'

/** For a load balancer: whether this process serves and reaches its store. Tells nothing else. */
export async function GET(): Promise<Response> {
  const headers = { 'cache-control': 'no-store' }
  try {
    await getDb().execute(sql`select 1`)
    return Response.json({ status: 'ok' }, { headers })
  } catch {
    return Response.json({ status: 'unavailable' }, { status: 503, headers })
  }
}
