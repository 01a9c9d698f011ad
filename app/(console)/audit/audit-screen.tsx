'use client'

import { ChevronLeft, ChevronRight } from 'lucide-react'
import Link from 'next/link'
import type { Loaded, ReadData } from '#app/_web/read.ts'
import { useLoaded } from '#app/_web/use-loaded.ts'
import type { Wire } from '#app/_web/wire.ts'
import { Badge } from '#components/ui/badge.tsx'
import { Button } from '#components/ui/button.tsx'
import { Panel } from '#components/ui/card.tsx'
import { Code } from '#components/ui/code.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { Time } from '#components/ui/time.tsx'
import { type AuditQuery, auditHref } from './audit-filter.ts'
import { ChainPanel } from './chain-panel.tsx'
import { ExportButtons } from './export-buttons.tsx'
import { FilterForm } from './filter-form.tsx'
import type { auditRead } from './queries.ts'

type Data = Wire<ReadData<typeof auditRead>>
type Entry = Data['entries'][number]

export function AuditScreen({
  loaded,
  query,
}: {
  loaded: Loaded<ReadData<typeof auditRead>>
  query: AuditQuery
}) {
  const { data } = useLoaded(loaded)
  const filtered = Object.keys(query).some((name) => name !== 'before')
  return (
    <>
      <PageHeader
        title="Audit"
        about="Who did what, and what was refused. Each entry is signed together with the one before it, so a change shows."
        actions={<ExportButtons query={query} role={data.role} />}
      />
      <div className="grid gap-4">
        <ChainPanel chain={data.chain} role={data.role} />
        <Panel
          title="Entries"
          about={query.before ? 'Older entries' : 'The newest first'}
          flush
          actions={<Pager data={data} query={query} />}
        >
          <FilterForm query={query} targets={data.targets} />
          {data.entries.length === 0 ? (
            <EmptyState
              title={filtered ? 'No entry fits the filter' : 'Nothing was done yet'}
              action={
                filtered ? (
                  <Button asChild>
                    <Link href="/audit">Show all</Link>
                  </Button>
                ) : undefined
              }
            />
          ) : (
            <ol className="divide-y divide-line">
              {data.entries.map((entry) => (
                <li key={entry.seq}>
                  <EntryRow entry={entry} />
                </li>
              ))}
            </ol>
          )}
          <div className="flex justify-end border-t border-line px-4 py-2">
            <Pager data={data} query={query} />
          </div>
        </Panel>
      </div>
    </>
  )
}

const tones = { done: 'plain', refused: 'warn', failed: 'bad' } as const

const subjectHref = (subject: string | null): string | null => {
  const [noun, id] = subject?.split(':') ?? []
  if (noun === 'operation' && id) return `/operations/${id}`
  if (noun === 'incident' && id) return `/incidents/${id}`
  if (noun === 'deployment' && id) return `/deployments/${id}`
  return null
}

function EntryRow({ entry }: { entry: Entry }) {
  const href = subjectHref(entry.subject)
  return (
    <details className="group">
      <summary className="grid cursor-pointer grid-cols-[auto_1fr_auto] items-baseline gap-x-3 gap-y-0.5 px-4 py-2 hover:bg-raised sm:grid-cols-[3.5rem_9.5rem_minmax(8rem,14rem)_minmax(0,1fr)_auto]">
        <span className="font-mono text-xs text-ink-faint">{entry.seq}</span>
        <Time at={entry.at} exact className="text-xs whitespace-nowrap text-ink-soft" />
        <Badge tone={tones[entry.outcome]} className="justify-self-end sm:order-last">
          {entry.outcome}
        </Badge>
        <span className="min-w-0 truncate font-mono text-[13px] max-sm:col-span-3">{entry.action}</span>
        <span className="min-w-0 truncate text-sm max-sm:col-span-3">
          {entry.actor}
          {entry.target ? <span className="text-ink-soft"> on {entry.target}</span> : null}
          {entry.reason ? <span className="text-ink-faint"> · {entry.reason}</span> : null}
        </span>
      </summary>
      <div className="grid gap-2 bg-raised px-4 py-3 text-sm">
        <dl className="grid gap-x-6 gap-y-1 sm:grid-cols-2">
          <Fact name="Who">{entry.actor}</Fact>
          <Fact name="About">
            {href ? (
              <Link href={href} className="text-accent hover:underline">
                {entry.subject}
              </Link>
            ) : (
              (entry.subject ?? '—')
            )}
          </Fact>
          <Fact name="Why">{entry.reason ?? '—'}</Fact>
          <Fact name="Signature">
            <span className="font-mono text-xs break-all">{entry.hash}</span>
          </Fact>
        </dl>
        {Object.keys(entry.detail).length > 0 ? (
          <Code label="details">{JSON.stringify(entry.detail, null, 2)}</Code>
        ) : null}
      </div>
    </details>
  )
}

const Fact = ({ name, children }: { name: string; children: React.ReactNode }) => (
  <div className="min-w-0">
    <dt className="text-xs text-ink-faint">{name}</dt>
    <dd className="break-words">{children}</dd>
  </div>
)

function Pager({ data, query }: { data: Data; query: AuditQuery }) {
  const { before: _here, ...first } = query
  return (
    <nav aria-label="Pages" className="flex gap-2">
      {query.before ? (
        <Button asChild size="small">
          <Link href={auditHref(first)}>
            <ChevronLeft /> Newest
          </Link>
        </Button>
      ) : null}
      {data.before ? (
        <Button asChild size="small">
          <Link href={auditHref({ ...query, before: String(data.before) })}>
            Older <ChevronRight />
          </Link>
        </Button>
      ) : null}
    </nav>
  )
}
