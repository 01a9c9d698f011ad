'use client'

import { useState } from 'react'
import { useAction } from '#app/_web/use-action.ts'
import { createAccessTokenAction, revokeAccessTokenAction } from '#app/(console)/settings/outside/actions.ts'
import type { OutsideData } from '#app/(console)/settings/outside/outside-screen.tsx'
import { Button } from '#components/ui/button.tsx'
import { Panel } from '#components/ui/card.tsx'
import { Code } from '#components/ui/code.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { Field, Input, Select } from '#components/ui/field.tsx'
import { Refusal } from '#components/ui/refusal.tsx'
import { Table, type TableColumn } from '#components/ui/table.tsx'
import { Time } from '#components/ui/time.tsx'

type Token = NonNullable<OutsideData['tokens']>[number]

interface Made {
  scope: 'metrics' | 'calendar'
  token: string
}

/** What machines show to read the metrics, and calendars to subscribe. */
export function TokensPart({ data: { tokens, people } }: { data: OutsideData }) {
  const [made, setMade] = useState<Made | null>(null)
  const revoke = useAction(revokeAccessTokenAction, { done: 'The token opens nothing any more' })
  if (!tokens) return null
  return (
    <Panel
      title="Access tokens"
      about="Each opens one thing and nothing else: the metrics, or a calendar of on-call shifts and maintenance."
      flush
    >
      <div className="grid gap-3 border-b border-line px-4 py-3">
        <NewToken people={people} onMade={setMade} />
        {made ? <ShownOnce made={made} /> : null}
      </div>
      <Table
        label="Access tokens"
        rows={tokens}
        rowKey={({ id }) => id}
        columns={columnsFor((tokenId) => void revoke.run({ tokenId }), revoke.pending)}
        empty={
          <EmptyState title="No token yet">
            <p>Nothing reads the metrics or subscribes to a calendar.</p>
          </EmptyState>
        }
      />
    </Panel>
  )
}

function NewToken({ people, onMade }: { people: OutsideData['people']; onMade(made: Made): void }) {
  const [scope, setScope] = useState<'metrics' | 'calendar'>('metrics')
  const [name, setName] = useState('')
  const [email, setEmail] = useState('')
  const { run, pending, refusal } = useAction(createAccessTokenAction, {
    quiet: true,
    onDone: ({ scope: of, token }) => {
      onMade({ scope: of, token })
      setName('')
    },
  })
  return (
    <form
      className="flex flex-wrap items-end gap-3"
      onSubmit={(event) => {
        event.preventDefault()
        void run({ scope, name, ...(scope === 'calendar' && email ? { email } : {}) })
      }}
    >
      <Field label="It opens" className="w-40">
        <Select value={scope} onChange={(event) => setScope(event.target.value as 'metrics' | 'calendar')}>
          <option value="metrics">the metrics</option>
          <option value="calendar">a calendar</option>
        </Select>
      </Field>
      {scope === 'calendar' ? (
        <Field label="Whose shifts" className="w-52">
          <Select value={email} onChange={(event) => setEmail(event.target.value)}>
            <option value="">everybody’s</option>
            {people.map((person) => (
              <option key={person.id} value={person.email}>
                {person.name}
              </option>
            ))}
          </Select>
        </Field>
      ) : null}
      <Field label="What will use it" className="min-w-48 flex-1">
        <Input
          value={name}
          required
          maxLength={80}
          placeholder={scope === 'metrics' ? 'Prometheus in the office' : 'Ada’s phone'}
          onChange={(event) => setName(event.target.value)}
        />
      </Field>
      <Button type="submit" pending={pending}>
        Make a token
      </Button>
      <Refusal of={refusal} />
    </form>
  )
}

function ShownOnce({ made: { scope, token } }: { made: Made }) {
  const text =
    scope === 'metrics'
      ? `curl -H 'Authorization: Bearer ${token}' ${location.origin}/metrics`
      : `${location.origin}/api/calendar/${token}.ics`
  return (
    <div role="status" className="grid gap-1">
      <p className="text-sm">
        {scope === 'metrics' ? 'The token, in a command to try it:' : 'The address to subscribe to:'}{' '}
        <strong>it is shown this once.</strong>
      </p>
      <Code label={scope === 'metrics' ? 'command' : 'address'}>{text}</Code>
    </div>
  )
}

const columnsFor = (revoke: (id: string) => void, pending: boolean): TableColumn<Token>[] => [
  {
    key: 'name',
    head: 'Used by',
    lead: true,
    cell: ({ name }) => <span className="font-medium">{name}</span>,
  },
  {
    key: 'scope',
    head: 'Opens',
    cell: ({ scope, email }) => (scope === 'metrics' ? 'metrics' : `calendar of ${email ?? 'everybody'}`),
  },
  { key: 'made', head: 'Made', cell: ({ createdAt }) => <Time at={createdAt} /> },
  {
    key: 'used',
    head: 'Last used',
    cell: ({ lastUsedAt }) => (lastUsedAt ? <Time at={lastUsedAt} /> : 'never'),
  },
  {
    key: 'act',
    head: '',
    align: 'right',
    cell: ({ id, name }) => (
      <Button
        size="small"
        variant="danger-outline"
        disabled={pending}
        aria-label={`Revoke the token of ${name}`}
        onClick={() => revoke(id)}
      >
        Revoke
      </Button>
    ),
  },
]
