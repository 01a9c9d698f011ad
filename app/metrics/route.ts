import { keptState } from '#app/_web/kept-state.ts'
import { findAsker, unauthorised } from '#app/_web/machine.ts'
import { messageOf } from '#lib/errors.ts'
import { log } from '#lib/log.ts'
import { writeMetrics } from '#lib/status/write-metrics.ts'

export const dynamic = 'force-dynamic'

/** The state for Prometheus and its kin, in OpenMetrics where they take it. */
export async function GET(request: Request): Promise<Response> {
  try {
    if (!(await findAsker(request))) return unauthorised()
    const { state, readSeconds } = await keptState()
    const accepted = request.headers.get('accept') ?? ''
    const isOld = /text\/plain/.test(accepted) && !/openmetrics/.test(accepted)
    const { text, contentType } = await writeMetrics(state, readSeconds, isOld ? 'prometheus' : 'openmetrics')
    return new Response(text, {
      headers: { 'content-type': contentType, 'cache-control': 'no-store', vary: 'accept' },
    })
  } catch (error) {
    log.warn({ error: messageOf(error) }, 'the metrics could not be read')
    return new Response('The control database does not answer.\n', { status: 503 })
  }
}
