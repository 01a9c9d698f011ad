import type { Metadata } from 'next'
import { currentTarget, type SearchParams } from '#app/_web/current-target.ts'
import { load } from '#app/_web/read.ts'
import { requireUser } from '#app/_web/session.ts'
import { NoTarget } from '#components/shell/no-target.tsx'
import { schemaRead } from './queries.ts'
import { SchemaScreen } from './schema-screen.tsx'

export const metadata: Metadata = { title: 'Schema changes' }

export default async function SchemaPage({ searchParams }: { searchParams: SearchParams }) {
  await requireUser()
  const target = await currentTarget(searchParams)
  if (!target) return <NoTarget />
  return <SchemaScreen loaded={await load(schemaRead, { targetId: target.id })} />
}
