'use client'

import { useQuery } from '@tanstack/react-query'
import type { ReadData } from '#app/_web/read.ts'
import { readAgain } from '#app/_web/use-loaded.ts'
import type { Wire } from '#app/_web/wire.ts'
import { Panel } from '#components/ui/card.tsx'
import { Code } from '#components/ui/code.tsx'
import { TableNameText } from '#components/ui/table-name.tsx'
import { Time } from '#components/ui/time.tsx'
import { can } from '#lib/auth/permissions.ts'
import { countOf, formatCount } from '#lib/format/format-count.ts'
import type { agentsRead } from './agents-queries.ts'
import { AgentsRevoke } from './agents-revoke.tsx'
import { StatementText } from './event-origin.tsx'
import { kindWords } from './event-words.ts'

type AgentsData = Wire<ReadData<typeof agentsRead>>
type Agent = AgentsData['agents'][number]

const topics = ['guards', 'jobs', 'targets']

const limit = (rows: number | undefined): string => (rows === undefined ? 'no limit' : formatCount(rows))

function Attempts({ agent }: { agent: Agent }) {
  if (agent.attempts.length === 0) return null
  return (
    <ol aria-label={`What ${agent.role} was refused`} className="grid gap-2">
      {agent.attempts.map((attempt) => (
        <li key={attempt.id} className="grid min-w-0 gap-1 text-xs">
          <p className="flex flex-wrap gap-x-3">
            <Time at={attempt.at} className="text-ink-soft" />
            <TableNameText name={attempt.table} />
            <span>{kindWords(attempt.rule ?? 'unknown')}</span>
            {attempt.rows === null ? null : <span>{countOf(attempt.rows, 'row')}</span>}
            <span className="text-ink-faint">{attempt.application}</span>
          </p>
          {attempt.statement ? <StatementText>{attempt.statement}</StatementText> : null}
        </li>
      ))}
    </ol>
  )
}

function AgentEntry({ agent, data }: { agent: Agent; data: AgentsData }) {
  const { budget } = agent
  return (
    <li className="grid gap-2 border-b border-line px-4 py-3 last:border-b-0">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1 text-sm">
        <strong className="font-medium">{agent.role}</strong>
        <span className="text-ink-soft">
          {limit(budget.statementRows)} rows a statement, {limit(budget.transactionRows)} a transaction,{' '}
          {limit(budget.windowRows)} in {budget.windowMinutes ?? 60} minutes
        </span>
        <span className="ml-auto flex items-center gap-3">
          <span className="text-xs text-ink-faint">
            {agent.lastSeenAt ? (
              <>
                last seen <Time at={agent.lastSeenAt} />
              </>
            ) : (
              'not seen at protected tables yet'
            )}
          </span>
          {can(data.role, 'guards.revoke-agent') ? (
            <AgentsRevoke target={data.target} role={agent.role} />
          ) : null}
        </span>
      </div>
      <p className="text-sm">
        <span className={agent.refused > 0 ? 'text-bad' : 'text-ink-soft'}>
          {agent.refused === 0 ? 'Nothing refused' : `${countOf(agent.refused, 'attempt')} refused`}
        </span>
        <span className="text-ink-soft">
          {' · '}
          {countOf(agent.deletedRows, 'row')} deleted and {countOf(agent.overwrittenRows, 'row')} overwritten
          within its budget, all in the journal · last {data.days} days
        </span>
      </p>
      <Attempts agent={agent} />
    </li>
  )
}

/** The roles of scripts and AI agents, and what each of them tried. */
export function AgentsSection({ targetId }: { targetId: string }) {
  const query = useQuery({
    queryKey: ['agents', JSON.stringify({ targetId })],
    queryFn: ({ signal }) => readAgain<ReadData<typeof agentsRead>>('agents', { targetId }, signal),
    meta: { topics, read: { name: 'agents', input: { targetId } } },
  })
  const data = query.data?.data
  return (
    <Panel
      title="Agents"
      about="Roles for scripts and AI agents: a small budget, no change of the schema, and everything they delete or overwrite is kept."
      flush
      className="mb-4"
    >
      {data ? (
        <>
          {data.agents.length > 0 ? (
            <ol aria-label="Agents">
              {data.agents.map((agent) => (
                <AgentEntry key={agent.role} agent={agent} data={data} />
              ))}
            </ol>
          ) : (
            <p className="px-4 py-3 text-sm text-ink-soft">
              No agent has a role of its own here. Scripts and agents that use the application’s role get its
              budget.
            </p>
          )}
          {can(data.role, 'guards.grant-agent') ? (
            <div className="grid gap-1 px-4 pb-3 text-sm">
              <p className="text-ink-soft">
                Granted at the host’s terminal, which shows the password once; it is stored nowhere.
              </p>
              <Code label="command">{`holdfast guards grant-agent ${data.target}`}</Code>
            </div>
          ) : null}
        </>
      ) : (
        <p className="px-4 py-6 text-sm text-ink-soft" role="status">
          {query.error ? query.error.message : 'Reading…'}
        </p>
      )}
    </Panel>
  )
}
