'use client'

import Link from 'next/link'
import type { Loaded, ReadData } from '#app/_web/read.ts'
import { useLoaded } from '#app/_web/use-loaded.ts'
import type { Wire } from '#app/_web/wire.ts'
import { Badge, type Tone } from '#components/ui/badge.tsx'
import { Card } from '#components/ui/card.tsx'
import { Code } from '#components/ui/code.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { ReasonDialog } from '#components/ui/reason-dialog.tsx'
import { Time } from '#components/ui/time.tsx'
import { can } from '#lib/auth/permissions.ts'
import { countOf } from '#lib/format/format-count.ts'
import { acceptSchemaChangeAction } from './actions.ts'
import { ChangeDiff } from './change-diff.tsx'
import type { schemaRead } from './queries.ts'

export type SchemaData = Wire<ReadData<typeof schemaRead>>
export type ShownVersion = SchemaData['versions'][number]

const states: Record<ShownVersion['status'], { word: string; tone: Tone }> = {
  unexplained: { word: 'Unexplained', tone: 'bad' },
  accepted: { word: 'Accepted', tone: 'accent' },
  deployed: { word: 'Deployed', tone: 'good' },
  first: { word: 'First look', tone: 'plain' },
}

/** How the schema became what it is: each change with the deployment, or the person, that accounts for it. */
export function SchemaScreen({ loaded }: { loaded: Loaded<ReadData<typeof schemaRead>> }) {
  const { data } = useLoaded(loaded)
  const { versions, target, hasMore } = data
  const open = versions
    .filter(({ status }) => status === 'unexplained')
    .flatMap(({ changes }) => changes.filter(({ deployment }) => deployment === null)).length
  return (
    <>
      <PageHeader
        title="Schema changes"
        about={
          open > 0
            ? `${countOf(open, 'change')} of ${target.name} that no deployment accounts for: take back what is wrong in the database, or say why it is right.`
            : `Every change of the schema of ${target.name} is accounted for.`
        }
        actions={
          <Link
            href={`/health?target=${encodeURIComponent(target.name)}`}
            className="text-sm text-accent hover:underline max-sm:py-2"
          >
            All checks
          </Link>
        }
      />
      {versions.length === 0 ? (
        <Card>
          <EmptyState title="The schema was not looked at yet">
            <p>The next health run keeps what it is now, and each later one what changed. From a terminal:</p>
            <Code label="command" className="mt-2 text-left">{`holdfast health run ${target.name}`}</Code>
          </EmptyState>
        </Card>
      ) : (
        <ol className="grid gap-3">
          {versions.map((version) => (
            <Version key={version.id} version={version} data={data} />
          ))}
        </ol>
      )}
      {hasMore ? (
        <p className="mt-3 text-sm text-ink-soft">
          Older ones: <code>holdfast health schema {target.name} --limit 500</code>
        </p>
      ) : null}
    </>
  )
}

function Version({ version, data }: { version: ShownVersion; data: SchemaData }) {
  const { word, tone } = states[version.status]
  const isOpen = version.status === 'unexplained'
  return (
    <li>
      <Card className="px-4 py-3">
        <div className="flex flex-wrap items-start gap-x-3 gap-y-2">
          <div className="mr-auto min-w-0">
            <h2 className="flex flex-wrap items-center gap-x-2 text-sm font-medium">
              <Badge tone={tone}>{word}</Badge>
              <Time at={version.seenAt} />
              {version.total > 0 ? (
                <span className="font-normal text-ink-soft">{countOf(version.total, 'change')}</span>
              ) : null}
            </h2>
            <p className="mt-1 text-sm text-ink-soft">
              <Because version={version} />
            </p>
          </div>
          {isOpen && can(data.role, 'health.accept-schema-change') ? (
            <ReasonDialog
              act={acceptSchemaChangeAction}
              input={{ versionId: version.id }}
              title="Accept this schema change"
              about="Nothing is done in the database. Your name and the reason stay with the change, and in the audit."
              question="Why is it right?"
              hint="At least ten characters: who did it, and why not by a deployment."
              least={10}
              button="Accept…"
              confirm="Accept the change"
              done="Accepted; the checks are run again"
            />
          ) : null}
        </div>
        {version.changes.length > 0 ? (
          <ul className="mt-3 grid gap-2">
            {version.changes.map((change) => (
              <ChangeDiff
                key={`${change.kind} ${change.name}`}
                change={change}
                open={isOpen && change.deployment === null}
              />
            ))}
          </ul>
        ) : null}
        {version.total > version.changes.length ? (
          <p className="mt-2 text-sm text-ink-soft">
            And {version.total - version.changes.length} more, as <code>holdfast health schema</code> tells
            them.
          </p>
        ) : null}
      </Card>
    </li>
  )
}

function Because({ version }: { version: ShownVersion }) {
  const { status, deployment, acceptedBy, acceptedAt, reason, unchangedAt } = version
  if (status === 'first') return <>What the schema was when Holdfast first looked.</>
  return (
    <>
      {unchangedAt ? (
        <>
          Last seen as before: <Time at={unchangedAt} />.{' '}
        </>
      ) : null}
      {deployment ? (
        <>
          <Link href={`/deployments/${deployment.id}`} className="text-accent hover:underline">
            Deployment #{deployment.number}
          </Link>{' '}
          {deployment.title}.{' '}
        </>
      ) : null}
      {status === 'accepted' ? (
        <>
          {acceptedBy} accepted it <Time at={acceptedAt} />: “{reason}”
        </>
      ) : null}
      {status === 'unexplained' && !deployment ? <>No deployment accounts for it.</> : null}
      {status === 'unexplained' && deployment ? <>It does not account for everything below.</> : null}
    </>
  )
}
