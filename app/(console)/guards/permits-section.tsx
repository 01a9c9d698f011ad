'use client'

import { useQuery } from '@tanstack/react-query'
import dynamic from 'next/dynamic'
import type { ReadData } from '#app/_web/read.ts'
import { readAgain } from '#app/_web/use-loaded.ts'
import type { Wire } from '#app/_web/wire.ts'
import { Panel } from '#components/ui/card.tsx'
import { can } from '#lib/auth/permissions.ts'
import { PermitsAllowances } from './permits-allowances.tsx'
import { PermitsList } from './permits-list.tsx'
import type { permitsRead } from './permits-queries.ts'

/** What the parts of the section are given. */
const PermitsRequest = dynamic(() => import('./permits-request.tsx').then((module) => module.PermitsRequest))

export type PermitsData = Wire<ReadData<typeof permitsRead>>

const topics = ['guards', 'operations', 'targets']

/** Approved exceptions from the budgets: asked for, open, used; and the roles that have a budget of their own. */
export function PermitsSection({ targetId }: { targetId: string }) {
  const query = useQuery({
    queryKey: ['permits', JSON.stringify({ targetId })],
    queryFn: ({ signal }) => readAgain<ReadData<typeof permitsRead>>('permits', { targetId }, signal),
    meta: { topics, read: { name: 'permits', input: { targetId } } },
  })
  const data = query.data?.data
  return (
    <Panel
      id="permits"
      title="Permits"
      about="One role may go beyond a table’s budget once, for a few minutes, with approval. What goes is journaled."
      flush
      className="mb-4"
      actions={
        data && can(data.role, 'operations.request') && data.tables.length > 0 ? (
          <PermitsRequest data={data} />
        ) : null
      }
    >
      {data ? (
        <>
          <PermitsList data={data} />
          <PermitsAllowances data={data} />
        </>
      ) : (
        <p className="px-4 py-6 text-sm text-ink-soft" role="status">
          {query.error ? query.error.message : 'Reading…'}
        </p>
      )}
    </Panel>
  )
}
