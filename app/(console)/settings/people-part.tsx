'use client'

import { Badge } from '#components/ui/badge.tsx'
import { Panel } from '#components/ui/card.tsx'
import { Code } from '#components/ui/code.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { Table, type TableColumn } from '#components/ui/table.tsx'
import { Time } from '#components/ui/time.tsx'
import { AddPerson, PersonActs } from './person-acts.tsx'
import type { SettingsData } from './settings-screen.tsx'

type Person = NonNullable<SettingsData['people']>[number]

const stateOf = (person: Person): string =>
  person.disabledAt ? 'disabled' : person.hasPassword ? 'active' : 'invited'

const columns: TableColumn<Person>[] = [
  {
    key: 'email',
    head: 'Person',
    lead: true,
    className: 'break-all',
    cell: (row) => (
      <>
        {row.name} <span className="text-xs text-ink-faint">{row.email}</span>
      </>
    ),
  },
  { key: 'role', head: 'Role', cell: (row) => row.role },
  {
    key: 'state',
    head: 'State',
    cell: (row) => (
      <Badge tone={row.disabledAt ? 'bad' : row.hasPassword ? 'good' : 'warn'}>{stateOf(row)}</Badge>
    ),
  },
  {
    key: 'approver',
    head: 'May approve',
    cell: (row) =>
      row.role === 'viewer' || !row.approverFrom ? (
        'no'
      ) : (
        <>
          from <Time at={row.approverFrom} exact />
        </>
      ),
  },
  { key: 'seen', head: 'Last seen', align: 'right', cell: (row) => <Time at={row.lastSeenAt} /> },
  {
    key: 'acts',
    head: '',
    align: 'right',
    cell: (row) => (row.disabledAt ? null : <PersonActs key={row.role} email={row.email} role={row.role} />),
  },
]

export function PeoplePart({ data: { people } }: { data: SettingsData }) {
  if (!people) {
    return <EmptyState title="People are shown to admins">Ask one of them to change a role.</EmptyState>
  }
  return (
    <div className="grid gap-4">
      <Panel
        title="People"
        about="Two of them must be able to approve: nobody approves the own request"
        flush
        actions={<AddPerson />}
      >
        <Table
          label="People"
          rows={people}
          rowKey={(row) => row.id}
          columns={columns}
          empty={<EmptyState title="Nobody has an account" />}
        />
      </Panel>
      <Panel
        title="From a terminal of the host"
        about="There a new approver can be vouched for, and need not wait 24 h"
      >
        <Code label="commands">
          {`holdfast users add EMAIL --role viewer|admin|commander [--approver-now]\nholdfast users role EMAIL ROLE\nholdfast users reset-password EMAIL\nholdfast users disable EMAIL`}
        </Code>
      </Panel>
    </div>
  )
}
