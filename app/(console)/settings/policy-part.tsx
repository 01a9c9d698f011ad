'use client'

import Link from 'next/link'
import { Panel } from '#components/ui/card.tsx'
import { Code } from '#components/ui/code.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { Table } from '#components/ui/table.tsx'
import { Time } from '#components/ui/time.tsx'
import type { SettingsData } from './settings-screen.tsx'

export function PolicyPart({ data: { current } }: { data: SettingsData }) {
  if (!current) return <EmptyState title="There is no database, and so no policy" />
  const { shown, versions, policy, target } = current
  const inForce = shown.version === policy.version
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[1fr_20rem]">
      <Panel
        title={`Policy of ${target.name}, version ${shown.version}`}
        about={
          <>
            {inForce ? 'In force' : `Not in force (version ${policy.version} is)`}, applied{' '}
            <Time at={shown.appliedAt} /> by {shown.appliedBy}
          </>
        }
      >
        <Code label="policy" className="[&_pre]:max-h-[70dvh]">
          {shown.document}
        </Code>
      </Panel>
      <div className="grid gap-4">
        <Panel title="Change it" about="On the host; checked against the live schema before it counts">
          <Code label="commands">
            {`holdfast policy show ${target.name} > policy.json\n# edit policy.json\nholdfast policy apply ${target.name} policy.json`}
          </Code>
          <p className="mt-3 mb-1 text-xs text-ink-soft">What the schema itself suggests:</p>
          <Code label="command">{`holdfast policy suggest ${target.name}`}</Code>
        </Panel>
        <Panel title="Versions" flush>
          <Table
            label="Versions"
            rows={versions}
            rowKey={(row) => String(row.version)}
            columns={[
              {
                key: 'version',
                head: 'Version',
                lead: true,
                cell: (row) => (
                  <Link
                    href={`/settings?${new URLSearchParams({ target: target.name, tab: 'policy', version: String(row.version) })}`}
                    aria-current={row.version === shown.version ? 'page' : undefined}
                    className="text-accent hover:underline aria-[current=page]:font-semibold"
                  >
                    {row.version}
                    {row.version === policy.version ? ', in force' : ''}
                  </Link>
                ),
              },
              {
                key: 'by',
                head: 'By',
                className: 'break-all',
                cell: (row) => row.appliedBy.replace(/^(user|operator|worker):/, ''),
              },
              { key: 'at', head: 'Applied', align: 'right', cell: (row) => <Time at={row.appliedAt} /> },
            ]}
          />
        </Panel>
      </div>
    </div>
  )
}
