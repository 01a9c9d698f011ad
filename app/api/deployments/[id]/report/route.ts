import { z } from 'zod'
import { getDb } from '#app/_web/db.ts'
import { findUser } from '#app/_web/session.ts'
import { getDeployment } from '#lib/deployments/queries.ts'
import { writeDeploymentReport } from '#lib/deployments/report.ts'
import { AppError } from '#lib/errors.ts'
import { getTarget } from '#lib/targets/queries.ts'

/** The report of one deployment as a Markdown file. */
export async function GET(_request: Request, { params }: { params: Promise<{ id: string }> }) {
  if (!(await findUser())) return Response.json({ refusal: { reason: 'Sign in first.' } }, { status: 401 })
  const { id } = await params
  if (!z.uuid().safeParse(id).success) return new Response('Not found', { status: 404 })
  try {
    const deployment = await getDeployment(getDb(), id)
    const target = await getTarget(getDb(), deployment.targetId)
    return new Response(writeDeploymentReport(deployment, target.name), {
      headers: {
        'content-type': 'text/markdown; charset=utf-8',
        'content-disposition': `attachment; filename="deployment-${deployment.number}.md"`,
        'cache-control': 'no-store',
      },
    })
  } catch (error) {
    if (error instanceof AppError && error.kind === 'not-found')
      return new Response('Not found', { status: 404 })
    throw error
  }
}
