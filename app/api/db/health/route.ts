import { keptState } from '#app/_web/kept-state.ts'
import { findAsker, unauthorised } from '#app/_web/machine.ts'
import { messageOf } from '#lib/errors.ts'
import { log } from '#lib/log.ts'
import { judgeState } from '#lib/status/judge-state.ts'

export const dynamic = 'force-dynamic'

const headers = { 'cache-control': 'no-store' }

/** How the protected databases stand. 503 when one is critical or not known: no data is never well. */
export async function GET(request: Request): Promise<Response> {
  try {
    const asker = await findAsker(request)
    if (!asker) return unauthorised()
    const { state } = await keptState()
    const health = judgeState(state)
    const isWell = health.standing === 'healthy' || health.standing === 'warning'
    return Response.json(health, { status: isWell ? 200 : 503, headers })
  } catch (error) {
    log.warn({ error: messageOf(error) }, 'the state of the databases could not be read')
    return Response.json({ standing: 'unknown' }, { status: 503, headers })
  }
}
