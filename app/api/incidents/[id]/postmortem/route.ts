import { getDb } from '#app/_web/db.ts'
import { findUser } from '#app/_web/session.ts'
import { AppError } from '#lib/errors.ts'
import { exportPostmortem } from '#lib/incidents/export-postmortem.ts'
import { getIncidentByReference } from '#lib/incidents/queries.ts'

/** The postmortem as a Markdown file, for anyone signed in. */
export async function GET(_request: Request, { params }: { params: Promise<{ id: string }> }) {
  if (!(await findUser())) return new Response('Sign in first.', { status: 401 })
  try {
    const incident = await getIncidentByReference(getDb(), (await params).id)
    const text = await exportPostmortem(getDb(), incident, new Date())
    return new Response(text, {
      headers: {
        'content-type': 'text/markdown; charset=utf-8',
        'content-disposition': `attachment; filename="postmortem-incident-${incident.number}.md"`,
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
      },
    })
  } catch (error) {
    if (error instanceof AppError && error.kind === 'not-found') {
      return new Response('There is no such incident.', { status: 404 })
    }
    throw error
  }
}
