'use client'

import { Printer } from 'lucide-react'
import type { Loaded, ReadData } from '#app/_web/read.ts'
import { useAction } from '#app/_web/use-action.ts'
import { useLoaded } from '#app/_web/use-loaded.ts'
import type { Wire } from '#app/_web/wire.ts'
import { requestKitTestAction } from '#app/(console)/settings/kit/actions.ts'
import type { kitRead } from '#app/(console)/settings/kit/queries.ts'
import { TestPanel } from '#app/(console)/settings/kit/test-panel.tsx'
import { SettingsTabs } from '#app/(console)/settings/settings-tabs.tsx'
import { useShell } from '#components/shell/shell-context.tsx'
import { Badge } from '#components/ui/badge.tsx'
import { Button } from '#components/ui/button.tsx'
import { Panel } from '#components/ui/card.tsx'
import { Code } from '#components/ui/code.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { Table, type TableColumn } from '#components/ui/table.tsx'
import { can } from '#lib/auth/permissions.ts'

export type KitData = Wire<ReadData<typeof kitRead>>

/** What to keep away from this machine for the day when it is gone. Made to be printed. */
export function KitScreen({ loaded }: { loaded: Loaded<ReadData<typeof kitRead>> }) {
  const { data } = useLoaded(loaded)
  const { target } = useShell()
  const test = useAction(requestKitTestAction, { done: 'The test runs' })
  return (
    <>
      <PageHeader
        title="Recovery kit"
        about="What you need on the day when this machine is gone: the key, where the stores are, and these commands. Print it and keep it elsewhere."
        actions={
          <>
            <Button onClick={() => window.print()}>
              <Printer aria-hidden /> Print
            </Button>
            {can(data.role, 'kit.test') ? (
              <Button
                variant="primary"
                disabled={data.testing || test.pending}
                onClick={() => void test.run({})}
              >
                {data.testing ? 'Testing …' : 'Test it now'}
              </Button>
            ) : null}
          </>
        }
      />
      <SettingsTabs shown="kit" target={target?.name} />
      <div className="grid gap-4">
        <TestPanel data={data} />
        <Keep data={data} />
        <Steps steps={data.steps} />
      </div>
    </>
  )
}

const storeColumns: TableColumn<KitData['stores'][number]>[] = [
  { key: 'name', head: 'Store', lead: true, cell: (row) => <span className="font-medium">{row.name}</span> },
  {
    key: 'place',
    head: 'Place',
    className: 'break-all',
    cell: (row) => <span className="font-mono text-xs">{row.place}</span>,
  },
  {
    key: 'argument',
    head: 'As the commands take it',
    className: 'break-all',
    cell: (row) => <span className="font-mono text-xs">{row.argument}</span>,
  },
  {
    key: 'survives',
    head: 'Survives this machine',
    cell: (row) =>
      row.leavesTheMachine ? (
        <Badge tone={row.kind === 's3' ? 'good' : 'plain'}>
          {row.kind === 's3' ? 'yes' : 'if it lies elsewhere'}
        </Badge>
      ) : (
        <Badge tone="bad">no</Badge>
      ),
  },
]

function Keep({ data: { keyId, lastTest, stores } }: { data: KitData }) {
  const leaves = stores.some((store) => store.leavesTheMachine)
  return (
    <Panel title="Keep these away from this machine" about="The key itself is never shown here" flush>
      <dl className="grid gap-x-6 gap-y-3 px-4 py-3 text-sm sm:grid-cols-[12rem_minmax(0,1fr)]">
        <dt className="text-ink-soft">The key</dt>
        <dd className="min-w-0">
          <p>
            Its id is <span className="font-mono">{keyId ?? 'not known yet'}</span>. Without it no archive
            opens, for anybody.
          </p>
          <p className="break-words text-ink-soft">
            {lastTest?.test
              ? `It is in ${lastTest.test.keyPlace}. Copy it into a password manager or a safe.`
              : 'Where it is, the first test will tell: HOLDFAST_KEY, or holdfast.key in the data directory.'}
          </p>
        </dd>
        <dt className="text-ink-soft">Programs</dt>
        <dd>
          Holdfast {lastTest?.test?.holdfastVersion ?? ''} and PostgreSQL’s client programs
          {lastTest?.test?.toolsVersion ? `, version ${lastTest.test.toolsVersion} or newer` : ''}.
        </dd>
        {leaves ? null : (
          <>
            <dt className="text-bad">No store elsewhere</dt>
            <dd>
              Every archive lies on this machine and is lost with it. Add a directory on another disk or a
              bucket (holdfast stores add), and name it in each policy’s “stores”.
            </dd>
          </>
        )}
      </dl>
      <Table
        label="Stores"
        rows={stores}
        rowKey={(row) => row.name}
        columns={storeColumns}
        empty={<EmptyState title="No store yet" />}
      />
    </Panel>
  )
}

function Steps({ steps }: { steps: KitData['steps'] }) {
  return (
    <Panel title="On an empty machine" about="In this order; each one is safe to repeat">
      <ol className="grid gap-4">
        {steps.map(({ title, about, commands }, index) => (
          <li key={title} className="grid gap-1.5">
            <h3 className="text-sm font-medium">
              {index + 1}. {title}
            </h3>
            <p className="max-w-prose text-sm text-ink-soft">{about}</p>
            <Code label={`the commands of step ${index + 1}`}>{commands.join('\n')}</Code>
          </li>
        ))}
      </ol>
    </Panel>
  )
}
