import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { currentTarget, type SearchParams } from '#app/_web/current-target.ts'
import { load } from '#app/_web/read.ts'
import { requireUser } from '#app/_web/session.ts'
import { NoTarget } from '#components/shell/no-target.tsx'
import { newRestoreHref } from './new-restore-href.ts'
import { restoresRead } from './queries.ts'
import { RestoresScreen } from './restores-screen.tsx'

export const metadata: Metadata = { title: 'Restore' }

export default async function RestoresPage({ searchParams }: { searchParams: SearchParams }) {
  await requireUser()
  const target = await currentTarget(searchParams)
  if (!target) return <NoTarget />
  const { incident, from, rows } = await searchParams
  // Who comes with an incident or a copy in mind has begun already.
  if (typeof incident === 'string' || typeof from === 'string')
    redirect(newRestoreHref({ target: target.name, incident, from, rows }))
  return <RestoresScreen loaded={await load(restoresRead, { targetId: target.id })} />
}
