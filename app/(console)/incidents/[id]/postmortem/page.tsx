import type { Metadata } from 'next'
import Link from 'next/link'
import { notFound } from 'next/navigation'
import { getDb } from '#app/_web/db.ts'
import { requireUser } from '#app/_web/session.ts'
import { Button } from '#components/ui/button.tsx'
import { Card } from '#components/ui/card.tsx'
import { Code } from '#components/ui/code.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { AppError } from '#lib/errors.ts'
import { exportPostmortem } from '#lib/incidents/export-postmortem.ts'
import { getIncidentByReference } from '#lib/incidents/queries.ts'

export const metadata: Metadata = { title: 'Postmortem' }

export default async function PostmortemPage({ params }: { params: Promise<{ id: string }> }) {
  await requireUser()
  const incident = await getIncidentByReference(getDb(), (await params).id).catch((error) => {
    if (error instanceof AppError && error.kind === 'not-found') notFound()
    throw error
  })
  const markdown = await exportPostmortem(getDb(), incident, new Date())
  return (
    <>
      <PageHeader
        title={`Postmortem of incident #${incident.number}`}
        about="A draft from the records alone. Add what no record knows: why it could happen, and what changes."
        actions={
          <>
            <Button asChild>
              <Link href={`/incidents/${incident.id}`}>Back to the incident</Link>
            </Button>
            <Button asChild variant="primary">
              <a href={`/api/incidents/${incident.id}/postmortem`} download>
                Download
              </a>
            </Button>
          </>
        }
      />
      <Card className="p-3">
        <Code label="the postmortem" className="[&_pre]:max-h-none">
          {markdown}
        </Code>
      </Card>
    </>
  )
}
