import type { Metadata } from 'next'
import { z } from 'zod'
import { currentTarget, type SearchParams } from '#app/_web/current-target.ts'
import { load } from '#app/_web/read.ts'
import { requireUser } from '#app/_web/session.ts'
import { NoTarget } from '#components/shell/no-target.tsx'
import { rowsModes } from '#lib/rows/types.ts'
import { restoresRead } from './queries.ts'
import { RestoresScreen } from './restores-screen.tsx'

export const metadata: Metadata = { title: 'Restore' }

export default async function RestoresPage({ searchParams }: { searchParams: SearchParams }) {
  await requireUser()
  const target = await currentTarget(searchParams)
  if (!target) return <NoTarget />
  const { incident, from, rows } = await searchParams
  const incidentId = z.uuid().safeParse(incident).data ?? null
  const asked = z
    .object({ from: z.uuid(), rows: z.enum(rowsModes).default('missing') })
    .safeParse({ from, rows })
  return (
    <RestoresScreen
      loaded={await load(restoresRead, { targetId: target.id, incidentId })}
      asked={asked.data ?? null}
    />
  )
}
