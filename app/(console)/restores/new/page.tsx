import type { Metadata } from 'next'
import { z } from 'zod'
import { currentTarget, type SearchParams } from '#app/_web/current-target.ts'
import { load } from '#app/_web/read.ts'
import { requireUser } from '#app/_web/session.ts'
import { FlowScreen } from '#app/(console)/restores/flow-screen.tsx'
import { draftRead } from '#app/(console)/restores/queries.ts'
import { NoTarget } from '#components/shell/no-target.tsx'
import type { DraftChoices } from '#lib/restores/drafts/draft-choices.ts'
import { rowsModes } from '#lib/rows/types.ts'
import { parseTable } from '#lib/sql/identifier.ts'

export const metadata: Metadata = { title: 'Restore: why' }

export default async function NewRestorePage({ searchParams }: { searchParams: SearchParams }) {
  await requireUser()
  const target = await currentTarget(searchParams)
  if (!target) return <NoTarget />
  const asked = await searchParams
  const incidentId = z.uuid().safeParse(asked.incident).data ?? null
  const loaded = await load(draftRead, { draftId: null, targetId: target.id, incidentId })
  const copy = loaded.data.sources.find(({ id }) => id === asked.from)
  const rows = z.enum(rowsModes).safeParse(asked.rows).data
  const since = z.iso.datetime({ offset: true }).safeParse(asked.since).data
  const tables = String(asked.tables ?? '')
    .split(',')
    .filter((text) => parseTable(text) !== null)
  const begun: DraftChoices = {
    ...(since ? { lostSince: since } : {}),
    ...(tables.length > 0 ? { tables } : {}),
    ...(copy ? { source: { kind: copy.kind, backupId: copy.id } } : {}),
    ...(rows ? { rows } : {}),
  }
  return <FlowScreen loaded={loaded} step="why" begun={begun} />
}
