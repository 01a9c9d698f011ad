import { getDb } from '#app/_web/db.ts'
import { findUser } from '#app/_web/session.ts'
import { type AccessToken, bearerOf, findAccessToken } from '#lib/status/access-token.ts'

/** Who asks a machine's question: a token of the metrics, a signed-in person, or nobody. */
export async function findAsker(request: Request): Promise<AccessToken | 'person' | null> {
  const bearer = bearerOf(request.headers.get('authorization'))
  if (bearer) return findAccessToken(getDb(), bearer, 'metrics')
  return (await findUser({ byPage: true })) ? 'person' : null
}

export const unauthorised = (): Response =>
  new Response('This takes an access token of the scope metrics: holdfast tokens create metrics NAME\n', {
    status: 401,
    headers: { 'www-authenticate': 'Bearer realm="holdfast"', 'cache-control': 'no-store' },
  })
