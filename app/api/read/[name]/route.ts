import { readerFor } from '#app/_web/audience.ts'
import { getDb } from '#app/_web/db.ts'
import { findRead } from '#app/_web/read-registry.ts'
import { findUser } from '#app/_web/session.ts'
import { AppError, type Refusal } from '#lib/errors.ts'
import { log } from '#lib/log.ts'

const answer = (status: number, body: unknown): Response =>
  Response.json(body, { status, headers: { 'cache-control': 'no-store' } })

const refuseWith = (status: number, code: string, reason: string, hint: string | null = null): Response =>
  answer(status, { refusal: { code, reason, hint } satisfies Refusal })

export async function GET(
  request: Request,
  { params }: { params: Promise<{ name: string }> },
): Promise<Response> {
  const user = await findUser({ byPage: true })
  if (!user) return refuseWith(401, 'session-ended', 'Your session has ended.', 'Sign in again.')

  const read = findRead((await params).name)
  if (!read) return refuseWith(404, 'read-not-found', 'There is no such read.')

  let asked: unknown
  try {
    asked = JSON.parse(new URL(request.url).searchParams.get('input') ?? 'null')
  } catch {
    return refuseWith(400, 'invalid-input', 'The input is not JSON.')
  }
  const parsed = read.input.safeParse(asked)
  if (!parsed.success) return refuseWith(400, 'invalid-input', 'The input is not valid.')

  const at = Date.now()
  try {
    const reader = readerFor(read.audience, user) as never
    return answer(200, { data: (await read.read({ db: getDb(), user: reader }, parsed.data)) ?? null, at })
  } catch (error) {
    if (error instanceof AppError) {
      return refuseWith(error.kind === 'not-found' ? 404 : 422, error.code, error.message, error.hint)
    }
    log.error({ err: error, read: read.name }, 'read failed')
    return refuseWith(500, 'failed', 'Reading this failed on our side.', 'The server log says why.')
  }
}
